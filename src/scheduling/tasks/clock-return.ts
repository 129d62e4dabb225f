import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { actingAs, ENGINE } from '../../audit/actor.js';
import { Patience } from '../../batching/patience.js';
import { InstanceRegistry } from '../../cluster/instance-registry.js';
import { Ownership } from '../../cluster/ownership.js';
import { Clock } from '../../clock/clock.js';
import { StoreUnavailableError } from '../../domain/errors.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { LEAST_STEP_MS } from '../../lifecycle/set-back.js';
import { LockManager } from '../../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { workedOut } from '../../triggers/timetable-fault.js';
import { BegunRuns, MOST_ARMED } from '../dispatch/begun-runs.js';
import { DueTurns } from '../dispatch/due-turns.js';
import { StartLimit } from '../holding/start-limit.js';
import { hasBegun } from '../planning/precedence.js';
import { repeatingTask } from '../planning/repeating.js';
import { RunStore } from '../ports/run.store.js';
import { TaskStore } from '../ports/task.store.js';
import { FormerClock } from './former-clock.js';
import { TaskReplacer } from './task-replacer.js';

/** Longer than anything is claimed ahead, and than occurrences are spread in most tasks (ms). */
const MARGIN_MS = 60_000;
/** How long until it is looked again whether the clocks of the others are set by now (ms). */
const AGAIN_MS = 60_000;

/** The clock was set back by `backMs`, to `setAt` (epoch ms); `unseen` while this instance did not run, so that both are known about. */
interface Step {
  setAt: number;
  backMs: number;
  unseen: boolean;
}

type Living = Awaited<ReturnType<InstanceRegistry['list']>>[number];

/**
 * When the clock is set back, what has run is not run again; intervals alone go on from the clock as it is now. Of several
 * instances whose clocks disagree then, those that were not set go on for all.
 */
@Injectable()
export class ClockReturn implements OnModuleInit {
  private readonly patience: Patience;
  private underWay: Promise<void> = Promise.resolve();
  /** The last step, until everything follows it. */
  private pending: Step | null = null;
  private stopped = false;
  private readonly stopping = new AbortController();
  private readonly logger = new Logger(ClockReturn.name);

  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly runs: RunStore,
    private readonly replacer: TaskReplacer,
    private readonly instances: InstanceRegistry,
    private readonly ownership: Ownership,
    private readonly locks: LockManager,
    private readonly former: FormerClock,
    private readonly begun: BegunRuns,
    private readonly limit: StartLimit,
    private readonly events: LifecycleEvents,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'heartbeatMs'>,
  ) {
    this.patience = new Patience(clock, 'What follows from the clock that was set back');
  }

  onModuleInit(): void {
    this.events.on('clock.stepped', ({ byMs, unseen = false }) => {
      if (byMs > -LEAST_STEP_MS) return;
      // What has not followed the step before follows both.
      const { pending } = this;
      const backMs = (pending?.backMs ?? 0) - byMs;
      const step = { setAt: this.clock.now(), backMs, unseen: unseen || pending?.unseen === true };
      this.pending = step;
      this.underWay = this.underWay.then(() => this.follow(step));
    });
  }

  /** Looks whether the clock was set back before this instance started. @throws StoreUnavailableError */
  async start(): Promise<void> {
    const byMs = this.clock.now() - (await this.former.latest());
    if (byMs <= -LEAST_STEP_MS) this.events.emit('clock.stepped', { byMs, unseen: true });
  }

  /** Begins with no further task; resolves once the last one is written. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.stopping.abort();
    this.patience.end();
    await this.underWay;
  }

  private async follow(step: Step): Promise<void> {
    try {
      await this.patience.untilAvailable(async () => {
        if (await this.isAlone(step)) await this.goOn(step);
      });
      if (this.isLast(step)) this.pending = null;
    } catch (error) {
      if (this.stopped) return;
      this.logger.error(`Intervals could not go on after the clock was set back: ${(error as Error).message}`);
    }
  }

  private isLast(step: Step): boolean {
    return !this.stopped && this.pending === step;
  }

  /** Whether, before the clock is where it was, no other instance works by a clock that was not set. */
  private async isAlone(step: Step): Promise<boolean> {
    if ((await this.othersAtWork()).length === 0) return this.isLast(step);
    // By then, each has written its heartbeat by its present clock. The clocks of a fleet are not set all at once.
    for (let waitMs = 2 * this.settings.heartbeatMs; this.isLast(step) && !this.isOver(step); waitMs = AGAIN_MS) {
      await this.clock.sleep(waitMs, this.stopping.signal);
      const now = this.clock.now();
      if ((await this.othersAtWork()).every(({ heartbeatAt }) => heartbeatAt < now + step.backMs / 2))
        return this.isLast(step);
    }
    return false;
  }

  private isOver({ setAt, backMs }: Step): boolean {
    return this.clock.now() >= setAt + backMs;
  }

  private async othersAtWork() {
    const isAtWork = ({ id, alive, work }: Living) => alive && id !== this.locks.owner && (work?.works ?? true);
    return (await this.instances.list()).filter(isAtWork);
  }

  /** What was claimed of the task for later than `known` (epoch ms), and has not begun. */
  private async armedOf({ organization, id, claimedUntil }: Task, known: number): Promise<Run[]> {
    if (claimedUntil === null || claimedUntil <= known) return [];
    const { items } = await this.runs.list(
      organization,
      { taskId: id, state: 'pending', trigger: 'schedule' },
      { limit: MOST_ARMED },
    );
    return items.filter((run) => !hasBegun(run) && run.dueAt > known);
  }

  /** Deletes what instances that are gone had armed, if the task has been changed since. */
  private async withdraw(task: Task, armed: readonly Run[]): Promise<void> {
    const outdated = armed.filter(({ generation }) => generation < task.generation);
    if (outdated.length === 0) return;
    const limits = await this.limit.ofOwners(outdated);
    await this.begun.withdraw(outdated, new Map([[task.id, task]]), limits);
  }

  private async goOn(step: Step): Promise<void> {
    const from = this.clock.now();
    // An interval shorter than the step is due within its length after the instant from which the clock was set.
    const range = { from, before: from + 2 * step.backMs + MARGIN_MS, ...this.ownership.own };
    const pages = new DueTurns(this.tasks, range);
    while (!pages.isExhausted && this.isLast(step)) {
      for (const task of await pages.next()) {
        if (!this.isLast(step)) return;
        if (task.definition.triggers.some(({ type }) => type === 'interval')) await this.repeat(task, step);
      }
    }
  }

  /** One task that fails keeps none of the others from going on. @throws StoreUnavailableError */
  private async repeat({ organization, id }: Task, step: Step): Promise<void> {
    const replacement = { organization, id, change: 'changed', recordedAs: 'clock-set-back' } as const;
    const former = step.setAt + step.backMs;
    let armed: Run[] = [];
    try {
      const after = await actingAs(ENGINE, () =>
        this.replacer.replace(replacement, async (task, now, { timetables }) => {
          if (hasFollowed(task, step.setAt, now)) return task;
          armed = step.unseen ? await this.armedOf(task, former) : [];
          const begunUntil = step.unseen ? begunBefore(task, armed, former) : former;
          return workedOut(() => repeatingTask(task, timetables, now, step.backMs, begunUntil));
        }),
      );
      await this.withdraw(after, armed);
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      this.logger.warn(`Task ${id} does not go on before the clock is where it was: ${(error as Error).message}`);
    }
  }
}

/** Whether the task goes on since the clock was set at `setAt`: it may come twice, and is changed once. */
const hasFollowed = ({ repeats }: Task, setAt: number, now: number): boolean =>
  repeats !== undefined && repeats.after >= setAt && repeats.after <= now;

/**
 * Up to when what was claimed of the task has begun (epoch ms). All that the store knows of the former clock is that it
 * showed `known`: what was claimed for later has begun as well, but for what is still armed.
 */
const begunBefore = ({ claimedUntil }: Task, armed: readonly Run[], known: number): number =>
  Math.min(Math.max(claimedUntil ?? known, known), ...armed.map(({ dueAt }) => dueAt - 1));
