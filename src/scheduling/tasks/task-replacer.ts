import { Injectable } from '@nestjs/common';
import { AuditRecorder } from '../../audit/audit-recorder.js';
import { taskView } from '../../audit/differences.js';
import { ChangeLines } from '../../clock/change-lines.js';
import { Clock } from '../../clock/clock.js';
import { versionOf, type Task } from '../../domain/task.js';
import { demandVersion, type VersionCondition } from '../../domain/version-condition.js';
import { LifecycleEvents, type LifecycleEventMap } from '../../lifecycle/lifecycle-events.js';
import { CalendarResolver, type TaskTimetables } from '../../triggers/calendar-resolver.js';
import { TaskChanger } from '../dispatch/task-changer.js';
import { ChainCycles } from '../../events/chains/chain-cycles.js';
import { ToldTasks } from '../holding/told-tasks.js';
import { LenientTimetables } from '../planning/lenient-timetables.js';
import { DefinitionCheck } from './definition-check.js';
import { Revocation } from './revocation.js';
import { ShownTasks } from './shown-tasks.js';

/** The timetables of a task that is being changed. */
export interface Times {
  /** As they are now. */
  timetables: CalendarResolver;
  /** As they were before the change; they work even if the task's triggers fail. */
  lenient: LenientTimetables;
  /** As they are now; they work even if the task's triggers fail. */
  lenientNow: LenientTimetables;
}

/** Which task is replaced, and how. */
export interface Replacement {
  organization: string;
  id: string;
  change: LifecycleEventMap['task.changed']['change'];
  condition?: VersionCondition | undefined;
  /** How the audit trail names the change; by default, as it is told. */
  recordedAs?: string;
  /** Why it is made; the audit trail keeps it. */
  reason?: string | undefined;
  /** The names of the secrets that got a new value, once they are known. */
  secretsSet?: string[];
  /** The timetables until now, if they differ from those from now on. */
  old?: TaskTimetables;
}

/** Returns the changed task, or the task itself if there is nothing to do. */
type Changing = (task: Task, now: number, times: Times) => Task | Promise<Task>;

/** Replaces and removes tasks, one change of a task at a time. Resolves when nothing of the former can start any more. */
@Injectable()
export class TaskReplacer {
  private readonly lines: ChangeLines;

  constructor(
    private readonly told: ToldTasks,
    private readonly tasks: ShownTasks,
    private readonly changer: TaskChanger,
    private readonly check: DefinitionCheck,
    private readonly revocation: Revocation,
    private readonly events: LifecycleEvents,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
    private readonly cycles: ChainCycles,
  ) {
    this.lines = new ChangeLines(clock);
  }

  /** Stores the result of `changed`; if that is the task itself, there is nothing to do. */
  async replace(replacement: Replacement, changed: Changing): Promise<Task> {
    const { organization, id, change } = replacement;
    try {
      const { before, after, now } = await this.lines.change(lineOf(organization, id), 'The task', (tries) =>
        this.tryToReplace(replacement, changed, tries),
      );
      if (after === before) return after;
      const counted = await this.revocation.revoke(after, now);
      this.events.emit('task.changed', { change, task: counted });
      return counted;
    } finally {
      this.revocation.letGo(id);
    }
  }

  /** Deletes a task and cancels its unfinished runs. @throws NotFoundError, VersionMismatchError */
  async remove(organization: string, id: string, condition?: VersionCondition): Promise<void> {
    const { task, now } = await this.lines.change(lineOf(organization, id), 'The task', async () => {
      const found = await this.tasks.get(organization, id);
      if (condition) demandVersion(id, versionOf(found), condition);
      const removal = { task: found, now: this.clock.now() };
      return (await this.told.remove(found, removal.now)) ? removal : undefined;
    });
    await this.audit.record({
      organization,
      action: 'task.deleted',
      object: { type: 'task', id },
      before: taskView(task),
    });
    await this.revocation.revokeDeleted(task, now);
    this.events.emit('task.changed', { change: 'deleted', task });
  }

  /** The task before and after its change; undefined if it was changed or claimed meanwhile. */
  private async tryToReplace(
    replacement: Replacement,
    changed: Changing,
    tries: number,
  ): Promise<{ before: Task; after: Task; now: number } | undefined> {
    const { organization, id, change, condition, old } = replacement;
    // This instance's claims of the task must not keep it from being changed time and again.
    if (tries > 0) await this.revocation.hold(id);
    const timetables = await this.check.timetables(organization);
    const task = await this.revocation.settled(() => this.tasks.get(organization, id));
    const now = this.clock.now();
    const lenient = new LenientTimetables(old ?? timetables, task);
    const lenientNow = new LenientTimetables(timetables, task);
    const after = await changed(task, now, { timetables, lenient, lenientNow });
    // A condition counts only if the change could otherwise be made (RFC 9110, section 13.2.1).
    if (condition) demandVersion(id, versionOf(task), condition);
    if (after === task) return { before: task, after, now };
    const { secretsSet, recordedAs, reason } = replacement;
    const planned = { before: task, after, old: lenient, renewed: new LenientTimetables(timetables, after), now };
    const make = () => this.changer.make(planned, { change, recordedAs, reason, ...(secretsSet && { secretsSet }) });
    const isSame = after.definition === task.definition;
    const stored = await (isSame ? make() : this.cycles.writeOne(after, make));
    return stored && { before: task, after: stored, now };
  }
}

/** The line in which changes of the task wait for each other. */
const lineOf = (organization: string, id: string): string => JSON.stringify([organization, id]);
