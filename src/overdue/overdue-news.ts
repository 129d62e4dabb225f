import { Injectable } from '@nestjs/common';
import { ENGINE } from '../audit/actor.js';
import { entryOf } from '../audit/audit-entry.js';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { AuditReads } from '../audit/audit.store.js';
import { lackInWords } from '../cluster/instance-work.js';
import { Clock } from '../clock/clock.js';
import { toIso } from '../domain/instants.js';
import type { JsonObject } from '../domain/json.js';
import { overdueMessage } from '../domain/lifecycle-message.js';
import { Outbox } from '../outbox/outbox.js';
import { LifecycleEvents, type LifecycleEventMap } from '../lifecycle/lifecycle-events.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import type { Stretch } from './overdue.js';

/** Reports tasks that have become overdue, and their recovery: to the audit trail, then to listeners. */
@Injectable()
export class OverdueNews {
  constructor(
    private readonly tasks: TaskReads,
    private readonly audit: AuditRecorder,
    private readonly trail: AuditReads,
    private readonly events: LifecycleEvents,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /** Reports each stretch, unless another instance has reported it. */
  async tellOverdue(stretches: readonly Stretch[]): Promise<void> {
    for (const stretch of stretches) {
      if (!(await this.isInTrail(stretch))) await this.tell('overdue', stretch);
      stretch.told = true;
    }
  }

  /** Reports that these stretches are over; nothing for a task that was deleted. */
  async tellRecovered(stretches: readonly Stretch[]): Promise<void> {
    if (stretches.length === 0) return;
    const left = await this.tasks.byIds(stretches.map(({ task }) => task.id));
    const tasks = new Map(left.map((task) => [task.id, task]));
    for (const { task, since } of stretches) {
      const now = tasks.get(task.id);
      if (now) await this.tell('recovered', { task: now, since, missing: null });
    }
  }

  private async tell(
    change: LifecycleEventMap['task.overdue']['change'],
    { task, since, missing }: Pick<Stretch, 'task' | 'since' | 'missing'>,
  ): Promise<void> {
    const { organization, id } = task;
    const now = this.clock.now();
    const lateMs = now - since;
    // Before it is in the trail, by which others see that it is told.
    if (this.outbox.isOn) await this.outbox.tellAlone(overdueMessage(task, { change, since, lateMs }, now));
    await this.audit.record({
      organization,
      action: `task.${change}`,
      object: { type: 'task', id },
      after: { since: toIso(since), lateMs, ...(missing && { missing: `no instance ${lackInWords(missing)}` }) },
      actor: ENGINE,
    });
    this.events.emit('task.overdue', {
      change,
      task,
      since,
      lateMs,
      ...(missing && { missing: lackInWords(missing) }),
    });
  }

  private async isInTrail({ task: { organization, id }, since }: Stretch): Promise<boolean> {
    const [last] = await this.trail.list(organization, { action: 'task.overdue', object: id }, { limit: 1 });
    return last !== undefined && (entryOf(last).after as JsonObject)['since'] === toIso(since);
  }
}
