import { Injectable } from '@nestjs/common';
import { currentActor, type Actor } from '../../audit/actor.js';
import { AuditRecorder } from '../../audit/audit-recorder.js';
import { taskDifferences } from '../../audit/differences.js';
import { makerOf, makersAfter } from '../../domain/makers.js';
import { storedNeedOf } from '../../domain/need.js';
import type { Task } from '../../domain/task.js';
import type { TaskTimetables } from '../../triggers/calendar-resolver.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { accounted } from '../planning/accounting.js';
import { RunStore } from '../ports/run.store.js';
import { ToldTasks, type TaskChangeTold } from '../holding/told-tasks.js';
import { BegunSkips } from './begun-skips.js';
import { FormerClaims } from './former-claims.js';

/** A planned change of a task. */
export interface TaskChange {
  /** The task as it was read. */
  before: Task;
  /** The task as it should be. */
  after: Task;
  /** The occurrences of the task before the change … */
  old: TaskTimetables;
  /** … and after it. */
  renewed: TaskTimetables;
  /** When the change is made (epoch ms). */
  now: number;
}

/** How a change is told, and how the audit trail records it. */
export interface ToldAs extends TaskChangeTold {
  /** By default the caller of the request. */
  actor?: Actor;
  /** The names of the secrets that got a new value. */
  secretsSet?: readonly string[];
  /** How the audit trail names the change; by default, as it is told. */
  recordedAs?: string | undefined;
  /** Why it is made, if somebody said so. */
  reason?: string | undefined;
}

/** The one way in which a stored task changes: the ledger accounts for it, the store replaces the task, the audit trail records it. */
@Injectable()
export class TaskChanger {
  constructor(
    private readonly tasks: ToldTasks,
    private readonly runs: RunStore,
    private readonly former: FormerClaims,
    private readonly skips: BegunSkips,
    private readonly resolver: TriggerResolver,
    private readonly audit: AuditRecorder,
  ) {}

  /** Resolves to the task as it is stored now, or to undefined when it was changed or claimed since it was read. */
  async make(
    planned: TaskChange,
    { change, cause, actor, secretsSet, reason, recordedAs = change }: ToldAs,
  ): Promise<Task | undefined> {
    const { before } = planned;
    const settled = await this.skips.settled(before);
    const decided = before.state === 'paused' ? await this.former.leaveOut(settled) : settled;
    const makers = makersAfter(before, planned.after, makerOf(actor ?? currentActor()));
    const after = Object.assign({}, planned.after, { makers });
    const { task, ledger } = this.accounted({ ...planned, after, before: decided });
    const need = storedNeedOf(task);
    const needsOther = JSON.stringify(need) !== JSON.stringify(storedNeedOf(before));
    // Whatever becomes of this change, no run is kept from the instances that can run it: without a need each looks at it.
    if (needsOther) await this.runs.setNeed(task.id, {});
    const isReplaced = await this.tasks.replace(task, before, ledger, { change, cause });
    if (needsOther) await this.runs.setNeed(task.id, isReplaced ? need : storedNeedOf(before));
    if (!isReplaced) return undefined;
    await this.audit.record({
      organization: task.organization,
      action: `task.${recordedAs}`,
      object: { type: 'task', id: task.id },
      ...taskDifferences(before, task, { secretsSet, reason }),
      ...(actor && { actor }),
    });
    return task;
  }

  private accounted({ before, after, old, renewed, now }: TaskChange): ReturnType<typeof accounted> {
    // Without the trigger's type nobody can tell which occurrences the change leaves behind.
    if (!this.resolver.knows(before)) return { task: after, ledger: [] };
    return accounted(before, after, old, renewed, now);
  }
}
