import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { actingAs, ENGINE } from '../../audit/actor.js';
import { Patience } from '../../batching/patience.js';
import { InstanceRegistry } from '../../cluster/instance-registry.js';
import { Ownership } from '../../cluster/ownership.js';
import { Clock } from '../../clock/clock.js';
import { StoreUnavailableError } from '../../domain/errors.js';
import type { Task } from '../../domain/task.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { LockManager } from '../../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { workedOut } from '../../triggers/timetable-fault.js';
import { DueTurns } from '../dispatch/due-turns.js';
import { repeatingTask } from '../planning/repeating.js';
import { TaskStore } from '../ports/task.store.js';
import { TaskReplacer } from './task-replacer.js';

/** A clock that is set back by less than this (ms) is waited for. */
const LEAST_MS = 10_000;
/** Longer than anything is claimed ahead, and than occurrences are spread in most tasks (ms). */
const MARGIN_MS = 60_000;

/**
 * When the clock is set back, what has run is not run again; intervals alone go on from the clock as it is now. Of several
 * instances whose clocks disagree then, those that were not set go on for all.
 */
@Injectable()
export class ClockReturn implements OnModuleInit {
  private readonly patience: Patience;
  private underWay: Promise<void> = Promise.resolve();
  private stopped = false;
  private readonly logger = new Logger(ClockReturn.name);

  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly replacer: TaskReplacer,
    private readonly instances: InstanceRegistry,
    private readonly ownership: Ownership,
    private readonly locks: LockManager,
    private readonly events: LifecycleEvents,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'heartbeatMs'>,
  ) {
    this.patience = new Patience(clock, 'What follows from the clock that was set back');
  }

  onModuleInit(): void {
    this.events.on('clock.stepped', ({ byMs }) => {
      if (byMs <= -LEAST_MS) this.underWay = this.underWay.then(() => this.follow(-byMs));
    });
  }

  /** Begins with no further task; resolves once the last one is written. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.patience.end();
    await this.underWay;
  }

  private async follow(stepMs: number): Promise<void> {
    if (this.stopped) return;
    try {
      await this.patience.untilAvailable(async () => {
        if (await this.isAlone(stepMs)) await this.goOn(stepMs);
      });
    } catch (error) {
      this.logger.error(`Intervals could not go on after the clock was set back: ${(error as Error).message}`);
    }
  }

  /** Whether no other instance that lives goes by a clock that was not set. */
  private async isAlone(stepMs: number): Promise<boolean> {
    if ((await this.othersAlive()).length === 0) return true;
    // By then, each has written its heartbeat by its present clock.
    await this.clock.sleep(2 * this.settings.heartbeatMs);
    const now = this.clock.now();
    return (await this.othersAlive()).every(({ heartbeatAt }) => heartbeatAt < now + stepMs / 2);
  }

  private async othersAlive() {
    return (await this.instances.list()).filter(({ id, alive }) => alive && id !== this.locks.owner);
  }

  private async goOn(stepMs: number): Promise<void> {
    const from = this.clock.now();
    // An interval shorter than the step is due within its length after the instant from which the clock was set.
    const range = { from, before: from + 2 * stepMs + MARGIN_MS, ...this.ownership.own };
    const pages = new DueTurns(this.tasks, range);
    while (!pages.isExhausted && !this.stopped) {
      for (const task of await pages.next()) {
        if (this.stopped) return;
        if (task.definition.triggers.some(({ type }) => type === 'interval')) await this.repeat(task, stepMs);
      }
    }
  }

  /** One task that fails keeps none of the others from going on. @throws StoreUnavailableError */
  private async repeat({ organization, id }: Task, stepMs: number): Promise<void> {
    const replacement = { organization, id, change: 'changed', recordedAs: 'clock-set-back' } as const;
    try {
      await actingAs(ENGINE, () =>
        this.replacer.replace(replacement, (task, now, { timetables }) =>
          workedOut(() => repeatingTask(task, timetables, now, stepMs)),
        ),
      );
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      this.logger.warn(`Task ${id} does not go on before the clock is where it was: ${(error as Error).message}`);
    }
  }
}
