import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';

/** Fresh SQLite files in a folder that is removed with the last of them. */
function sqliteStores() {
  const folder = mkdtempSync(join(tmpdir(), 'task-runner-bench-'));
  return {
    freshStore: async () => `file:${join(folder, `${randomBytes(4).toString('hex')}.db`)}`,
    clear: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Fresh databases on the server, dropped at the end. */
function mongoStores(uri) {
  const names = [];
  return {
    freshStore: async () => {
      names.push(`bench-${randomBytes(6).toString('hex')}`);
      const url = new URL(uri);
      url.pathname = names.at(-1);
      return url.href;
    },
    clear: async () => {
      const connection = await mongoose.createConnection(uri).asPromise();
      for (const name of names) await connection.useDb(name).dropDatabase();
      await connection.close();
    },
  };
}

/** The one Redis database, emptied of the peer's queue each time. */
function redisStores(url) {
  const empty = async () => {
    const redis = new Redis(url);
    const keys = await redis.keys('bull:bench:*');
    if (keys.length > 0) await redis.unlink(...keys);
    redis.disconnect();
  };
  return { freshStore: async () => empty().then(() => url), clear: empty };
}

/** All contenders that can be measured with the given servers. */
export function contendersHere() {
  const { MONGODB_URI, REDIS_URL } = process.env;
  const contenders = [{ label: 'runner-sqlite', name: 'runner', ...sqliteStores() }];
  if (MONGODB_URI) {
    contenders.push({ label: 'runner-mongodb', name: 'runner', ...mongoStores(MONGODB_URI) });
    contenders.push({ label: 'agenda', name: 'agenda', ...mongoStores(MONGODB_URI) });
  } else console.log('MONGODB_URI is not set: the runner on MongoDB and Agenda are left out.');
  if (REDIS_URL) contenders.push({ label: 'bullmq', name: 'bullmq', ...redisStores(REDIS_URL) });
  else console.log('REDIS_URL is not set: BullMQ is left out.');
  return contenders;
}
