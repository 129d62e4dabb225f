import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { StoreUnavailableError, TooBroadError } from '../../domain/errors.js';
import type { PortName } from '../ports.js';
import { Renewal } from '../renewal.js';
import { RenewalCell } from '../renewal-cell.js';
import { driverThreads } from './driver-threads.js';
import { SqliteStores } from './sqlite-stores.js';
import {
  CLOSE,
  type StoreAnswer,
  type StoreCall,
  type StoreFailure,
  type StoreKeeping,
  type StoreThreadData,
} from './store-calls.js';

type Method = (...values: unknown[]) => Promise<unknown>;

/** Lower than the normal priority 0; 19 is the lowest. */
const READERS_PRIORITY = 10;

// Runs on the thread of a `StoreThread`. Messages that arrive before the file is open wait in the port.
const { path, durability, isForReading, foreign } = workerData as StoreThreadData;
const parent = parentPort!;
if (isForReading) stepBack();
const stores = isForReading ? await SqliteStores.openForReading(path) : await SqliteStores.open(path, durability);
if (isForReading) for (const thread of driverThreads()) if (!foreign.includes(thread)) stepBack(thread);
const ports = stores.ports as unknown as Record<PortName, Record<string, Method>>;

async function answer({ id, port, method, values }: StoreCall): Promise<void> {
  try {
    const result = await ports[port][method]!(...values);
    parent.postMessage({ id, result } satisfies StoreAnswer);
  } catch (error) {
    parent.postMessage({ id, failure: failureOf(error as Error) } satisfies StoreAnswer);
  }
}

/**
 * On few cores, the engine goes before its readers. Takes a thread, the present one by default. Outside Linux, this would
 * change the priority of the whole process.
 */
function stepBack(thread = 0): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(thread, READERS_PRIORITY);
  } catch {
    // Not permitted here; this is optional.
  }
}

const kindOf = (error: Error): StoreFailure['kind'] => {
  if (error instanceof TooBroadError) return 'too-broad';
  return error instanceof StoreUnavailableError ? 'unavailable' : 'other';
};

const failureOf = (error: Error): StoreFailure => ({
  kind: kindOf(error),
  message: error.message,
  stack: error.stack ?? error.message,
});

let renewal: Renewal | undefined;

function keep({ keep: order, memory }: StoreKeeping): void {
  renewal ??= new Renewal(stores.ports.locks, new RenewalCell(memory));
  if (order) renewal.follow(order);
  else renewal.rest();
}

parent.on('message', (message: StoreCall | StoreKeeping | typeof CLOSE) => {
  if (message !== CLOSE) return 'keep' in message ? keep(message) : void answer(message);
  renewal?.rest();
  void stores.close();
  parent.close();
});
