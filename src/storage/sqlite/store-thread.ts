import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { StoreUnavailableError } from '../../domain/errors.js';
import type { Durability } from '../../settings/settings.js';
import { StoreHealth } from '../store-health.js';
import { RemoteLockKeeper } from '../remote-lock-keeper.js';
import { PORTS, serving, type OpenStores } from './sqlite-ports.js';
import {
  CLOSE,
  type StoreAnswer,
  type StoreCall,
  type StoreFailure,
  type StoreKeeping,
  type StoreThreadData,
} from './store-calls.js';

const PROGRAM = new URL('./store-thread-program.js', import.meta.url);
/** Rows come and go at once: a small nursery is enough for them, whatever the process was started with. */
const LIMITS = { maxYoungGenerationSizeMb: 16 };

interface Waiting {
  resolve: (result: never) => void;
  reject: (error: unknown) => void;
}

/**
 * Serves the storage ports from a thread of its own. The driver holds up its thread during each statement, and a commit
 * waits for the disk: here that makes no timer of the process late, and its work goes on meanwhile.
 */
export class StoreThread implements OpenStores {
  readonly adapters: readonly object[];
  /** Has locks renewed by the thread, whatever holds up the others. */
  readonly lockKeeper = new RemoteLockKeeper((keep, memory) => this.keepLocks({ keep, memory }));
  private keeping: StoreKeeping | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private worker: Worker | null = null;
  private isClosed = false;
  private calls = 0;

  private constructor(
    private readonly data: StoreThreadData,
    private readonly program: URL,
  ) {
    this.adapters = PORTS.map((_, place) => this.adapterAt(place));
  }

  /** Whether the program of the thread is there: in the sources it is not compiled, and a bundler may leave it out. */
  static isPossible(): boolean {
    return existsSync(PROGRAM);
  }

  /** Opens or makes the file. @throws StoreUnavailableError */
  static async open(path: string, durability: Durability, program: URL = PROGRAM): Promise<StoreThread> {
    const thread = new StoreThread({ path, durability, isForReading: false }, program);
    await serving(thread, StoreHealth).ping();
    return thread;
  }

  /** Another thread that reads the file, which is there; it starts meanwhile, and what goes wrong is told its first callers. */
  static forReading(path: string, program: URL = PROGRAM): StoreThread {
    const thread = new StoreThread({ path, durability: 'full', isForReading: true }, program);
    serving(thread, StoreHealth)
      .ping()
      .catch(() => undefined);
    return thread;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const { worker } = this;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage(CLOSE);
    await ended;
  }

  private keepLocks(keeping: StoreKeeping): void {
    this.keeping = keeping;
    this.worker?.postMessage(keeping);
  }

  private adapterAt(place: number): object {
    const { port, adapter } = PORTS[place]!;
    const remote = Object.create(port.prototype as object) as Record<string, unknown>;
    for (const method of Object.getOwnPropertyNames(adapter.prototype)) {
      if (method !== 'constructor') remote[method] = (...values: unknown[]) => this.call(place, method, values);
    }
    return remote;
  }

  private call(place: number, method: string, values: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) throw this.unavailable();
      this.worker ??= this.start();
      const id = ++this.calls;
      this.worker.postMessage({ id, place, method, values } satisfies StoreCall);
      this.waiting.set(id, { resolve, reject });
    });
  }

  private start(): Worker {
    // Of the options that the process was started with, those of the host application are not for this thread.
    const worker = new Worker(this.program, { workerData: this.data, execArgv: [], resourceLimits: LIMITS });
    let failure: Error | undefined;
    worker.on('message', (answer: StoreAnswer) => this.settle(answer));
    worker.on('error', (error: Error) => (failure = error));
    worker.on('exit', () => this.end(failure));
    if (this.keeping) worker.postMessage(this.keeping);
    return worker;
  }

  private settle(answer: StoreAnswer): void {
    const { resolve, reject } = this.waiting.get(answer.id)!;
    this.waiting.delete(answer.id);
    if ('result' in answer) resolve(answer.result as never);
    else reject(errorOf(answer.failure));
  }

  /** Nothing is known of what was under way; the next call starts the thread anew. */
  private end(failure?: Error): void {
    this.worker = null;
    for (const { reject } of this.waiting.values()) reject(this.unavailable(failure));
    this.waiting.clear();
  }

  private unavailable(failure?: Error): StoreUnavailableError {
    const what = this.isClosed ? 'is closed' : 'cannot be used: its thread has ended';
    return new StoreUnavailableError(failure?.message ?? `The database ${this.data.path} ${what}.`, { cause: failure });
  }
}

function errorOf({ isUnavailable, message, stack }: StoreFailure): Error {
  const error = isUnavailable ? new StoreUnavailableError(message) : new Error(message);
  return Object.assign(error, { stack });
}
