import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ENGINE } from '../../audit/actor.js';
import { Clock } from '../../clock/clock.js';
import { hasFailed, type Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { SettingsService } from '../../organizations/settings.service.js';
import { Patience } from '../../batching/patience.js';
import { CalendarResolver } from '../../triggers/calendar-resolver.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { LenientTimetables } from '../planning/lenient-timetables.js';
import { TaskChanger } from '../dispatch/task-changer.js';
import { Revocation } from './revocation.js';
import { RunStore } from '../ports/run.store.js';
import { pausedTask } from '../planning/task-changes.js';
import { TaskStore } from '../ports/task.store.js';

/**
 * Pauses tasks whose runs keep failing, if their policy says so. No count is stored: after each failure of such a task
 * is written, the store is asked for the task's last runs, so that of several instances the one that writes last sees
 * all failures. Every change of the task, such as resuming it, begins the count anew.
 */
@Injectable()
export class FailureWatch implements OnModuleInit {
  private readonly checks = new Set<Promise<void>>();
  private readonly patience: Patience;
  private readonly logger = new Logger(FailureWatch.name);

  constructor(
    private readonly tasks: TaskStore,
    private readonly runs: RunStore,
    private readonly resolver: TriggerResolver,
    private readonly settings: SettingsService,
    private readonly revocation: Revocation,
    private readonly events: LifecycleEvents,
    private readonly changer: TaskChanger,
    private readonly clock: Clock,
  ) {
    this.patience = new Patience(clock, 'The pause of a failing task');
  }

  onModuleInit(): void {
    this.events.on('run.finished', ({ run, task }) => {
      if (task.definition.pauseAfterFailures !== undefined && hasFailed(run)) this.begin(task);
    });
  }

  /** Resolves once all failures so far have been dealt with. */
  async settled(): Promise<void> {
    while (this.checks.size > 0) await Promise.all(this.checks);
  }

  /** Ends the retries; a pause that cannot be written now follows at the next failure. */
  stop(): void {
    this.patience.end();
  }

  private begin(task: Task): void {
    const check = this.check(task)
      .catch((error: unknown) =>
        this.logger.error(`Task ${task.id} keeps failing and could not be paused: ${(error as Error).message}`),
      )
      .finally(() => this.checks.delete(check));
    this.checks.add(check);
  }

  private async check(failing: Task): Promise<void> {
    const task = await this.patience.untilAvailable(() => this.pauseIfFailing(failing));
    if (!task) return;
    this.events.emit('task.changed', { change: 'paused', cause: 'failures', task });
    await this.patience.untilAvailable(() => this.revocation.revoke(task, task.updatedAt));
  }

  /** The task as this call paused it; null when there was no need. */
  private async pauseIfFailing({ organization, id }: Task): Promise<Task | null> {
    // If somebody changes the task meanwhile, it is checked again.
    for (;;) {
      const task = await this.tasks.get(organization, id);
      if (task?.state !== 'active') return null;
      const last = await this.failuresInARow(task);
      if (!last) return null;
      const { calendars } = (await this.settings.get(organization)).settings;
      const timetables = new LenientTimetables(new CalendarResolver(this.resolver, calendars), task);
      const now = this.clock.now();
      const paused = pausedTask(task, reasonOf(task, last), null, timetables, now);
      const planned = { before: task, after: paused, old: timetables, renewed: timetables, now };
      const changed = await this.changer.make(planned, { change: 'paused', cause: 'failures', actor: ENGINE });
      if (changed) return changed;
    }
  }

  /** The latest of the failures if there are as many in a row as the policy allows. */
  private async failuresInARow({ organization, id, generation, definition }: Task): Promise<Run | undefined> {
    const limit = definition.pauseAfterFailures;
    if (limit === undefined) return undefined;
    const runs = await this.runs.lastEnded(organization, id, generation, limit);
    return runs.length === limit && runs.every(hasFailed) ? runs[0] : undefined;
  }
}

/** How the reason of a task begins that is paused because it keeps failing. */
const KEEPS_FAILING = 'pauseAfterFailures:';

/** Whether the task is paused because it keeps failing. */
export const hasPausedItself = ({ pausedReason }: Task): boolean => pausedReason?.startsWith(KEEPS_FAILING) ?? false;

function reasonOf({ definition }: Task, { id, reason }: Run): string {
  const count = definition.pauseAfterFailures!;
  const runs = count === 1 ? 'the last run' : `the last ${count} runs`;
  return `${KEEPS_FAILING} ${runs} failed or timed out; run ${id}: ${reason ?? 'no reason given'}`;
}
