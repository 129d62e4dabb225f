import { createHash } from 'node:crypto';
import { createClient } from '@redis/client';
import { MOST_ENTRIES } from '../reading.js';
import { TOO_LARGE, type StoredScheduler } from './job-schedulers.js';

export interface RedisSource {
  url: string;
  /** Before all keys; `bull` unless the application says otherwise. */
  prefix: string;
  /** The queues to read; all that have schedulers if there are none. */
  queues: readonly string[];
}

/** The largest hash that is read, in bytes of its data and options. */
const MOST_BYTES = 1024 * 1024;
const PAGE = 500;

const clientOf = (url: string) => createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 10_000 } });
type Client = ReturnType<typeof clientOf>;

/** The job schedulers in Redis. Nothing there is changed. */
export async function schedulersIn({ url, prefix, queues }: RedisSource): Promise<StoredScheduler[]> {
  const client = clientOf(url);
  // The call that fails says why.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const names = queues.length > 0 ? queues : await queuesIn(client, prefix);
    const found: StoredScheduler[] = [];
    for (const queue of names) for await (const each of ofQueue(client, prefix, queue)) found.push(each);
    return found;
  } finally {
    await client.close();
  }
}

async function queuesIn(client: Client, prefix: string): Promise<string[]> {
  const names = new Set<string>();
  const match = `${prefix.replaceAll(/[*?[\]\\]/g, '\\$&')}:*:repeat`;
  for await (const keys of client.scanIterator({ MATCH: match, TYPE: 'zset', COUNT: 1000 })) {
    for (const key of keys) names.add(key.slice(prefix.length + 1, -':repeat'.length));
  }
  return [...names].toSorted();
}

async function* ofQueue(client: Client, prefix: string, queue: string): AsyncGenerator<StoredScheduler> {
  const base = `${prefix}:${queue}`;
  const isPaused = (await client.hGet(`${base}:meta`, 'paused')) === '1';
  for (let start = 0; start <= MOST_ENTRIES; start += PAGE) {
    const page = await client.zRangeWithScores(`${base}:repeat`, start, start + PAGE - 1);
    for (const { value: id, score: next } of page) {
      const scheduler = await hashAt(client, `${base}:repeat:${id}`);
      yield { queue, id, next, isPaused, scheduler, job: await jobOf(client, base, id, next, scheduler) };
    }
    if (page.length < PAGE) return;
  }
}

/** The job that waits for its time. Its id was a digest, where the scheduler's had colons. */
async function jobOf(
  client: Client,
  base: string,
  id: string,
  next: number,
  scheduler: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const job = await hashAt(client, `${base}:repeat:${id}:${next}`);
  if (Object.keys(job).length > 0 || id.split(':').length <= 2) return job;
  const [name = '', jobId = ''] = id.split(':');
  const checksum = digest(`${scheduler['name'] ?? name}${jobId}${digest(id)}`);
  return hashAt(client, `${base}:repeat:${checksum}:${next}`);
}

const digest = (text: string): string => createHash('md5').update(text).digest('hex');

/** A hash; instead of values that are larger than those of a task may be, a mark. */
async function hashAt(client: Client, key: string): Promise<Record<string, string>> {
  if ((await client.type(key)) !== 'hash') return {};
  const names = (await client.hKeys(key)).slice(0, 100);
  const found: Record<string, string> = {};
  for (const name of names) {
    const isLarge = Number(await client.hStrLen(key, name)) > MOST_BYTES;
    found[name] = isLarge ? TOO_LARGE : ((await client.hGet(key, name)) ?? '');
  }
  return found;
}
