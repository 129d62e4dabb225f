import { Injectable, Logger } from '@nestjs/common';
import { ENGINE } from '../audit/actor.js';
import { entryOf } from '../audit/audit-entry.js';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { AuditReads } from '../audit/audit.store.js';
import { Clock } from '../clock/clock.js';
import { toIso } from '../domain/instants.js';
import type { JsonObject } from '../domain/json.js';
import { LifecycleEvents, type LifecycleEventMap } from '../lifecycle/lifecycle-events.js';
import { TaskReads } from '../scheduling/task.reads.js';
import type { Stretch } from './overdue.js';

/** Tells of tasks that have become overdue, and that they are so no longer: to the audit trail, then to who listens. */
@Injectable()
export class OverdueNews {
  private readonly logger = new Logger(OverdueNews.name);

  constructor(
    private readonly tasks: TaskReads,
    private readonly audit: AuditRecorder,
    private readonly trail: AuditReads,
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
  ) {}

  /** Tells of each stretch, unless another instance has told of it before. */
  async tellOverdue(stretches: readonly Stretch[]): Promise<void> {
    for (const stretch of stretches) {
      if (!(await this.isInTrail(stretch))) await this.tell('overdue', stretch);
      stretch.told = true;
    }
  }

  /** Tells that these stretches are over; of a task that was deleted there is nothing to tell. */
  async tellRecovered(stretches: readonly Stretch[]): Promise<void> {
    if (stretches.length === 0) return;
    const left = await this.tasks.byIds(stretches.map(({ task }) => task.id));
    const tasks = new Map(left.map((task) => [task.id, task]));
    for (const { task, since } of stretches) {
      const now = tasks.get(task.id);
      if (now) await this.tell('recovered', { task: now, since });
    }
  }

  private async tell(
    change: LifecycleEventMap['task.overdue']['change'],
    { task, since }: Pick<Stretch, 'task' | 'since'>,
  ): Promise<void> {
    const { organization, id } = task;
    const lateMs = this.clock.now() - since;
    await this.audit.record({
      organization,
      action: `task.${change}`,
      object: { type: 'task', id },
      after: { since: toIso(since), lateMs },
      actor: ENGINE,
    });
    if (change === 'overdue') this.logger.warn(`Task ${id} is overdue: something of it was due ${lateMs} ms ago.`);
    this.events.emit('task.overdue', { change, task, since, lateMs });
  }

  private async isInTrail({ task: { organization, id }, since }: Stretch): Promise<boolean> {
    const [last] = await this.trail.list(organization, { action: 'task.overdue', object: id }, { limit: 1 });
    return last !== undefined && (entryOf(last).after as JsonObject)['since'] === toIso(since);
  }
}
