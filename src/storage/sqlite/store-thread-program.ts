import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { StoreUnavailableError } from '../../domain/errors.js';
import { LockStore } from '../../locking/lock.store.js';
import { Renewal } from '../renewal.js';
import { RenewalCell } from '../renewal-cell.js';
import { serving } from './sqlite-ports.js';
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

/** Below the usual one, which is 0; 19 is the lowest. */
const READERS_PRIORITY = 10;

// Runs on the thread of a `StoreThread`. What arrives before the file is open waits in the port.
const { path, durability, isForReading } = workerData as StoreThreadData;
const port = parentPort!;
if (isForReading) stepBack();
const stores = isForReading ? await SqliteStores.openForReading(path) : await SqliteStores.open(path, durability);
const adapters = stores.adapters as readonly Record<string, Method>[];

async function answer({ id, place, method, values }: StoreCall): Promise<void> {
  try {
    const result = await adapters[place]![method]!(...values);
    port.postMessage({ id, result } satisfies StoreAnswer);
  } catch (error) {
    port.postMessage({ id, failure: failureOf(error as Error) } satisfies StoreAnswer);
  }
}

/** Where cores are few, the engine goes before its readers. Elsewhere than on Linux this would be the whole process. */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(READERS_PRIORITY);
  } catch {
    // Not allowed here; it is a courtesy.
  }
}

const failureOf = (error: Error): StoreFailure => ({
  isUnavailable: error instanceof StoreUnavailableError,
  message: error.message,
  stack: error.stack ?? error.message,
});

let renewal: Renewal | undefined;

function keep({ keep: order, memory }: StoreKeeping): void {
  renewal ??= new Renewal(serving(stores, LockStore), new RenewalCell(memory));
  if (order) renewal.follow(order);
  else renewal.rest();
}

port.on('message', (message: StoreCall | StoreKeeping | typeof CLOSE) => {
  if (message !== CLOSE) return 'keep' in message ? keep(message) : void answer(message);
  renewal?.rest();
  void stores.close();
  port.close();
});
