import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { OnApplicationShutdown } from '@nestjs/common';
import { SystemClock } from '../clock/system-clock.js';
import type { Timer } from '../clock/clock.js';
import type { Durability } from '../settings/settings.js';
import { Later } from '../scheduling/later.js';
import { RemoteLockKeeper } from './remote-lock-keeper.js';
import type { KeepOrder } from './renewal.js';

const PROGRAM = new URL('./keeper-thread-program.js', import.meta.url);
const RESTART_MS = 1000;
const LIMITS = { maxYoungGenerationSizeMb: 16 };

/** Where the locks are. */
export type LockPlace = { kind: 'mongo'; uri: string; durability: Durability } | { kind: 'redis'; url: string };

/** What the thread is started with. */
export interface KeeperThreadData {
  place: LockPlace;
  memory: SharedArrayBuffer;
}

/** Renews locks from a thread with a connection of its own, which opens while the instance starts. */
export class KeeperThread extends RemoteLockKeeper implements OnApplicationShutdown {
  override readonly ready: Promise<void>;
  private readonly opened = new Later<void>();
  private readonly clock = new SystemClock();
  private worker: Worker | null = null;
  private order: KeepOrder | null = null;
  private restart: Timer | null = null;

  constructor(private readonly place: LockPlace) {
    super((order) => this.follow(order));
    this.ready = this.opened.promise;
    // It has a while to open its connection before there is something to keep.
    this.worker = this.start();
  }

  /** Whether the program of the thread is there: in the sources it is not compiled, and a bundler may leave it out. */
  static isPossible(): boolean {
    return existsSync(PROGRAM);
  }

  /** Comes after the lock was given up. */
  async onApplicationShutdown(): Promise<void> {
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
    // The process may end while it waits.
    worker.unref();
    worker.on('message', () => this.opened.resolve());
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      this.worker = null;
      // Until then, and should it never start, the instance renews its locks itself.
      if (this.order) this.restart = this.clock.after(RESTART_MS, () => this.follow(this.order));
    });
    return worker;
  }
}
