import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { StoreUnavailableError, TooBroadError } from '../../domain/errors.js';
import type { Durability } from '../../settings/settings.js';
import { PORT_NAMES, STORE_PORTS, type PortName, type Stores } from '../ports.js';
import { RemoteLockKeeper } from '../remote-lock-keeper.js';
import { claimValues } from './claim-writer.js';
import { driverThreads } from './driver-threads.js';
import { changeValues } from './run-values.js';
import { SQLITE_ADAPTERS, type OpenStores } from './sqlite-adapters.js';
import type { SqliteRunStore } from './sqlite-run.store.js';
import {
  CLOSE,
  type StoreAnswer,
  type StoreCall,
  type StoreFailure,
  type StoreKeeping,
  type StoreThreadData,
} from './store-calls.js';

const PROGRAM = new URL('./store-thread-program.js', import.meta.url);
/** Rows are short-lived: a small nursery suffices, whatever the options of the process. */
const LIMITS = { maxYoungGenerationSizeMb: 16 };

/** The threads named like the driver's before it was loaded, which is when the first thread starts. */
let foreign: readonly number[] | null = null;

/** The methods that are called most: what they take travels as values, which the other thread need not make. */
const byValues = (runs: SqliteRunStore): Pick<SqliteRunStore, 'open' | 'update'> => ({
  open: async (claims, tellings) => runs.openValues(claims.map(claimValues), tellings),
  update: async (changes, tellings) => runs.updateValues(changeValues(changes), tellings),
});

interface Waiting {
  resolve: (result: never) => void;
  reject: (error: unknown) => void;
}

/**
 * Serves the storage ports from a thread of its own. The driver blocks its thread during each statement, and a commit
 * waits for the disk; on this thread that delays no timer of the process, whose other work continues.
 */
export class StoreThread implements OpenStores {
  readonly ports: Stores;
  /** Lets this thread renew locks, whatever blocks the others. */
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
    this.ports = Object.fromEntries(PORT_NAMES.map((name) => [name, this.remote(name)])) as unknown as Stores;
    Object.assign(this.ports.runs, byValues(this.ports.runs as SqliteRunStore));
  }

  /** Whether the thread's program exists: it is not compiled in the sources, and a bundler may leave it out. */
  static isPossible(): boolean {
    return existsSync(PROGRAM);
  }

  /** Opens or creates the file. @throws StoreUnavailableError */
  static async open(path: string, durability: Durability, program: URL = PROGRAM): Promise<StoreThread> {
    const thread = new StoreThread(
      { path, durability, isForReading: false, foreign: (foreign ??= driverThreads()) },
      program,
    );
    await thread.ports.health.ping();
    return thread;
  }

  /** Another thread that reads the existing file; it starts in the background, and its first callers get its errors. */
  static forReading(path: string, program: URL = PROGRAM): StoreThread {
    const thread = new StoreThread({ path, durability: 'full', isForReading: true, foreign: foreign ?? [] }, program);
    thread.ports.health.ping().catch(() => undefined);
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

  private remote(port: PortName): object {
    const remote = Object.create(STORE_PORTS[port].prototype) as Record<string, unknown>;
    for (const method of Object.getOwnPropertyNames(SQLITE_ADAPTERS[port].prototype)) {
      if (method !== 'constructor') remote[method] = (...values: unknown[]) => this.call(port, method, values);
    }
    return remote;
  }

  private call(port: PortName, method: string, values: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) throw this.unavailable();
      this.worker ??= this.start();
      const id = ++this.calls;
      this.worker.postMessage({ id, port, method, values } satisfies StoreCall);
      this.waiting.set(id, { resolve, reject });
    });
  }

  private start(): Worker {
    // The process's own options are those of the host application, not for this thread.
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

  /** The outcome of pending calls is unknown; the next call starts a new thread. */
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

function errorOf({ kind, message, stack }: StoreFailure): Error {
  if (kind === 'too-broad') return new TooBroadError();
  const error = kind === 'unavailable' ? new StoreUnavailableError(message) : new Error(message);
  return Object.assign(error, { stack });
}
