import { parentPort, workerData } from 'node:worker_threads';
import { StoreUnavailableError } from '../../domain/errors.js';
import { SqliteStores } from './sqlite-stores.js';
import { CLOSE, type StoreAnswer, type StoreCall, type StoreFailure, type StoreThreadData } from './store-calls.js';

type Method = (...values: unknown[]) => Promise<unknown>;

// Runs on the thread of a `StoreThread`. What arrives before the file is open waits in the port.
const { path, durability } = workerData as StoreThreadData;
const port = parentPort!;
const stores = await SqliteStores.open(path, durability);
const adapters = stores.adapters as readonly Record<string, Method>[];

async function answer({ id, place, method, values }: StoreCall): Promise<void> {
  try {
    const result = await adapters[place]![method]!(...values);
    port.postMessage({ id, result } satisfies StoreAnswer);
  } catch (error) {
    port.postMessage({ id, failure: failureOf(error as Error) } satisfies StoreAnswer);
  }
}

const failureOf = (error: Error): StoreFailure => ({
  isUnavailable: error instanceof StoreUnavailableError,
  message: error.message,
  stack: error.stack ?? error.message,
});

port.on('message', (message: StoreCall | typeof CLOSE) => {
  if (message !== CLOSE) return void answer(message);
  void stores.close();
  port.close();
});
