import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ENGINE } from '../audit/actor.js';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { taskDifferences } from '../audit/differences.js';
import { Clock } from '../clock/clock.js';
import { hasFailed, type Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { accounted } from '../ledger/accounting.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { SettingsService } from '../organizations/settings.service.js';
import { Patience } from '../storage/patience.js';
import { CalendarResolver } from '../triggers/calendar-resolver.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';
import { LenientTimetables } from './lenient-timetables.js';
import { Revocation } from './revocation.js';
import { RunStore } from './run.store.js';
import { pausedTask } from './task-changes.js';
import { TaskStore } from './task.store.js';

/**
 * Pauses tasks whose runs keep failing, where their policy says so. The count is no number that somebody keeps: each
 * failure of such a task, once it is written, asks the store for the task's last runs, so that of several instances
 * the one that writes last sees them all. Every change of the task, such as its resumption, begins the count anew.
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
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
  ) {
    this.patience = new Patience(clock, 'The pause of a failing task');
  }

  onModuleInit(): void {
    this.events.on('run.finished', ({ run, task }) => {
      if (task.definition.pauseAfterFailures !== undefined && hasFailed(run)) this.begin(task);
    });
  }

  /** Resolves once every failure so far has had its consequence. */
  async settled(): Promise<void> {
    while (this.checks.size > 0) await Promise.all(this.checks);
  }

  /** Ends the retries: a pause that cannot be written now follows at the next failure. */
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

  /** The task as it was paused by this call; null when there was no need. */
  private async pauseIfFailing({ organization, id }: Task): Promise<Task | null> {
    // Whoever changes the task meanwhile makes this look at it again.
    for (;;) {
      const task = await this.tasks.get(organization, id);
      if (task?.state !== 'active') return null;
      const last = await this.failuresInARow(task);
      if (!last) return null;
      const { calendars } = (await this.settings.get(organization)).settings;
      const timetables = new LenientTimetables(new CalendarResolver(this.resolver, calendars), task);
      const now = this.clock.now();
      const paused = pausedTask(task, reasonOf(task, last), null, timetables, now);
      const { task: change, ledger } = accounted(task, paused, timetables, timetables, now);
      if (!(await this.tasks.replace(organization, change, task, ledger))) continue;
      await this.audit.record({
        organization,
        action: 'task.paused',
        object: { type: 'task', id },
        ...taskDifferences(task, change),
        actor: ENGINE,
      });
      return change;
    }
  }

  /** The latest of the failures when there are as many in a row as the policy allows. */
  private async failuresInARow({ organization, id, generation, definition }: Task): Promise<Run | undefined> {
    const limit = definition.pauseAfterFailures;
    if (limit === undefined) return undefined;
    const runs = await this.runs.lastEnded(organization, id, generation, limit);
    return runs.length === limit && runs.every(hasFailed) ? runs[0] : undefined;
  }
}

function reasonOf({ definition }: Task, { id, reason }: Run): string {
  const count = definition.pauseAfterFailures!;
  const runs = count === 1 ? 'the last run' : `the last ${count} runs`;
  return `pauseAfterFailures: ${runs} failed or timed out; run ${id}: ${reason ?? 'no reason given'}`;
}
