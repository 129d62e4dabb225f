import { parentPort, workerData } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import { SystemClock } from '../clock/system-clock.js';
import type { LockStore } from '../locking/lock.store.js';
import type { KeeperThreadData, LockPlace } from './keeper-thread.js';
import { RenewalCell } from './renewal-cell.js';
import { Renewal, type KeepOrder } from './renewal.js';

const RETRY_MS = 1000;

// Runs on the thread of a `KeeperThread`. Messages that arrive before the connection is open wait in the port. This
// thread does not log: the other thread's connection reports the state of the server.
Logger.overrideLogger(false);
const { place, memory } = workerData as KeeperThreadData;
const renewal = new Renewal(await untilOpen(place), new RenewalCell(memory));
parentPort!.postMessage('open');
parentPort!.on('message', (order: KeepOrder) => renewal.follow(order));

async function untilOpen(where: LockPlace): Promise<Pick<LockStore, 'renew'>> {
  const clock = new SystemClock();
  for (;;) {
    try {
      return await open(where);
    } catch {
      await clock.sleep(RETRY_MS);
    }
  }
}

async function open(where: LockPlace): Promise<Pick<LockStore, 'renew'>> {
  if (where.kind === 'redis') return (await import('./redis/locks-alone.js')).openLocks(where);
  return (await import('./mongo/locks-alone.js')).openLocks(where.uri, where.durability);
}
