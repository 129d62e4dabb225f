import { CronJob, CronTime, type CronCallback } from 'cron';
import type { DeclaredCron } from '../declared-job.js';

/** What a job that belongs to the whole cluster can have done to its task. */
export interface TaskControl {
  start(): Promise<void>;
  stop(): Promise<void>;
  reschedule(time: CronTime): Promise<void>;
  fire(): Promise<void>;
}

const nothing = (): void => undefined;

/**
 * The `CronJob` of a declared job whose task the runner works. `start`, `stop`, `setTime` and `fireOnTick` act on the
 * task, for the whole cluster; what it tells of runs is what this process knows.
 */
export class ClusterCronJob extends CronJob {
  private readonly added: CronCallback<null>[] = [];
  private active = false;
  private underWay = 0;
  private idle: Array<() => void> = [];

  constructor(
    { name, options }: Pick<DeclaredCron, 'name' | 'options'>,
    private readonly target: () => unknown,
    private readonly control: TaskControl,
  ) {
    const { cronTime, timeZone, utcOffset, unrefTimeout, waitForCompletion, threshold } = options;
    // Both are absent in the base class's eyes when they are null.
    const zone = utcOffset === undefined ? ([timeZone, null] as const) : ([null, utcOffset] as const);
    const rest = [unrefTimeout, waitForCompletion, undefined, name, threshold] as const;
    super(cronTime, nothing, null, false, zone[0], null, false, zone[1] as null, ...rest);
  }

  override get isActive(): boolean {
    return this.active;
  }

  override get isCallbackRunning(): boolean {
    return this.underWay > 0;
  }

  override addCallback(callback: CronCallback<null>): void {
    // The base class adds the first one, before this object has its members; ours is called in `work`.
    if (typeof callback === 'function') (this.added as CronCallback<null>[] | undefined)?.push(callback);
  }

  /** @throws what `cron` throws when the time can never come */
  override start(): void {
    if (this.active) return;
    this.cronTime.getTimeout();
    this.active = true;
    void this.control.start();
  }

  override stop(): Promise<void> | undefined {
    this.active = false;
    const stopped = this.control.stop();
    return this.waitForCompletion ? stopped.then(() => this.whenIdle()) : undefined;
  }

  override setTime(time: CronTime): void {
    // The base class refuses what is not a time.
    if (!(time instanceof CronTime)) return super.setTime(time);
    this.cronTime = time;
    if (time.realDate) this.runOnce = true;
    void this.control.reschedule(time);
  }

  /** Starts a run now, on whichever instance; resolves when it is stored. */
  override fireOnTick(): Promise<void> {
    return this.control.fire();
  }

  /** What is known of the task from elsewhere. */
  learn(active: boolean, lastExecution: Date | null): void {
    this.active = active;
    if (lastExecution && (!this.lastExecution || lastExecution > this.lastExecution)) {
      this.lastExecution = lastExecution;
    }
  }

  /** One run in this process: calls the method and what was added. Rejects with the first error, when all have ended. */
  async work(now: Date): Promise<void> {
    this.lastExecution = now;
    this.underWay++;
    const calls = [this.target, ...this.added.map((callback) => () => callback.call(this, undefined as never))];
    try {
      const ends = await Promise.allSettled(calls.map(async (call) => call()));
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed) throw failed.reason;
    } finally {
      if (--this.underWay === 0) for (const resume of this.idle.splice(0)) resume();
      if (this.runOnce) this.active = false;
    }
  }

  private whenIdle(): Promise<void> {
    if (this.underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }
}
