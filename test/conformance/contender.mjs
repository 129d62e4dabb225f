/** Opens the store named by its first argument and claims what it is told to, for the owner named by the second. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { LockStore } from '../../dist/locking/lock.store.js';
import { RunStore } from '../../dist/scheduling/run.store.js';
import { StorageModule } from '../../dist/storage/storage.module.js';

const [url, owner] = process.argv.slice(2);
const context = await NestFactory.createApplicationContext(await StorageModule.forRoot(url), { logger: ['error'] });
const [runs, locks] = [context.get(RunStore, { strict: false }), context.get(LockStore, { strict: false })];

async function contend({ claims, keys }) {
  const mine = claims.map((claim) => ({ ...claim, run: { ...claim.run, owner } }));
  const [held, results] = await Promise.all([
    Promise.all(keys.map((key) => locks.acquire([key], owner, 60_000))),
    Promise.all(mine.map((claim) => runs.open([claim]))),
  ]);
  return {
    held: held.flatMap((each) => [...each]),
    opened: mine.filter((_, index) => results[index][0] === 'opened').map(({ taskId }) => taskId),
  };
}

process.on('message', (message) => void contend(message).then((outcome) => process.send(outcome)));
process.on('disconnect', () => void context.close());
process.send('ready');
