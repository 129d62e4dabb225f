import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { SystemClock } from '../clock/system-clock.js';
import type { Timer } from '../clock/clock.js';
import type { RedisPlace } from '../settings/redis-place.js';
import type { Durability } from '../settings/settings.js';
import { Deferred } from '../scheduling/holding/deferred.js';
import { RemoteLockKeeper } from './remote-lock-keeper.js';
import type { KeepOrder } from './renewal.js';

const PROGRAM = new URL('./keeper-thread-program.js', import.meta.url);
const RESTART_MS = 1000;
const LIMITS = { maxYoungGenerationSizeMb: 16 };

/** Where the locks are stored. */
export type LockPlace = { kind: 'mongo'; uri: string; durability: Durability } | ({ kind: 'redis' } & RedisPlace);

/** What the thread gets at its start. */
export interface KeeperThreadData {
  place: LockPlace;
  memory: SharedArrayBuffer;
}

/** Renews locks from a thread with a connection of its own, which opens while the instance starts. */
export class KeeperThread extends RemoteLockKeeper {
  override readonly ready: Promise<void>;
  private readonly opened = new Deferred<void>();
  private readonly clock = new SystemClock();
  private worker: Worker | null = null;
  private order: KeepOrder | null = null;
  private restart: Timer | null = null;

  constructor(private readonly place: LockPlace) {
    super((order) => this.follow(order));
    this.ready = this.opened.promise;
    // Started at once: the connection has time to open before there is a lock to keep.
    this.worker = this.start();
  }

  /** Whether the thread's program exists: it is not compiled in the sources, and a bundler may leave it out. */
  static isPossible(): boolean {
    return existsSync(PROGRAM);
  }

  /** Ends the thread, once the lock is released. */
  async close(): Promise<void> {
    this.drop();
    await this.worker?.terminate();
  }

  private follow(order: KeepOrder | null): void {
    this.order = order;
    this.restart?.cancel();
    if (!order) return;
    this.worker ??= this.start();
    this.worker.postMessage(order);
  }

  private start(): Worker {
    const workerData: KeeperThreadData = { place: this.place, memory: this.cell.memory };
    const worker = new Worker(PROGRAM, { workerData, execArgv: [], resourceLimits: LIMITS });
    // A waiting thread must not keep the process alive.
    worker.unref();
    worker.on('message', () => this.opened.resolve());
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      this.worker = null;
      // Until the restart, or if the thread never starts, the instance renews its locks itself.
      if (this.order) this.restart = this.clock.after(RESTART_MS, () => this.follow(this.order));
    });
    return worker;
  }
}
