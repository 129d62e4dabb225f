import { Inject, Injectable } from '@nestjs/common';
import { AuditRecorder } from '../../audit/audit-recorder.js';
import type { Lack } from '../../cluster/instance-work.js';
import { Ownership } from '../../cluster/ownership.js';
import { Clock } from '../../clock/clock.js';
import { inTurns, Turns } from '../../clock/turns.js';
import { StateConflictError, InvalidInputError } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/json.js';
import { demandFuture, type Pause } from '../../domain/pause.js';
import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import type { VersionCondition } from '../../domain/version-condition.js';
import { SecretsService } from '../../secrets/secrets.service.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../../options.js';
import type { OrganizationSettings } from '../../domain/organization-settings.js';
import { CalendarResolver } from '../../triggers/calendar-resolver.js';
import { workedOut } from '../../triggers/timetable-fault.js';
import { TriggerResolver } from '../../triggers/trigger-resolver.js';
import { DefinitionCheck, withTimetable } from './definition-check.js';
import { ShownTasks } from './shown-tasks.js';
import { TaskCreation, type Creation } from './task-creation.js';
import { TaskReplacer, type Replacement, type Times } from './task-replacer.js';
import { RunIntake } from '../runs/run-intake.js';
import { ScheduleStatusEvaluator } from '../planning/schedule-status-evaluator.js';
import { requestOf } from '../runs/run-requests.js';
import type { PlannedRun } from '../../triggers/trigger-type.js';
import { plannedRuns, type PlannedList, type PlannedSpan } from '../planning/planned-runs.js';
import { changedTask, pausedTask, rescheduledTask, resumedTask, sameTriggers } from '../planning/task-changes.js';
import { sameDefinition, secretChanges } from './redefinition.js';
import { TaskInputReader, type CheckedPatch } from './task-input.js';
import { demandTaskSize } from '../planning/task-size.js';
import type { Listing } from '../../domain/listing.js';
import type { Page, TaskFilter } from '../ports/task.reads.js';

/** How far ahead occurrences are listed, where somebody says from when on. */
const FARTHEST_MS = 3653 * 86_400_000;

/** How a run is asked for. */
export interface RunRequest {
  /** The id that the run gets; known, it gets the run that has it. */
  requestId?: string | undefined;
  /** In place of the task's. */
  parameters?: unknown;
  /** Kept in the audit trail. */
  reason?: string | undefined;
}

/** Creates, shows, changes and ends tasks, within one organization at a time. */
@Injectable()
export class TasksService {
  constructor(
    private readonly tasks: ShownTasks,
    private readonly creation: TaskCreation,
    private readonly replacer: TaskReplacer,
    private readonly reader: TaskInputReader,
    private readonly check: DefinitionCheck,
    private readonly resolver: TriggerResolver,
    private readonly status: ScheduleStatusEvaluator,
    private readonly secrets: SecretsService,
    private readonly intake: RunIntake,
    private readonly ownership: Ownership,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
    private readonly turns: Turns,
    @Inject(RUNNER_OPTIONS) private readonly options: Pick<ResolvedOptions, 'limits'>,
  ) {}

  /**
   * Stores a new task. If a task with this `id` exists, it is returned as it is.
   * @throws InvalidInputError, QuotaExceededError
   */
  create(organization: string, input: unknown, options: { id?: string } = {}): Promise<Task> {
    return this.creation.create(organization, input, options);
  }

  /**
   * Stores new tasks, up to 250 per write; each has its own result, in the order of the inputs. With a repeated
   * `requestId`, tasks that exist already are returned as they are.
   */
  createMany(organization: string, inputs: readonly unknown[], requestId?: string): Promise<Creation[]> {
    return this.creation.createMany(organization, inputs, requestId);
  }

  /** What is missing where no live instance can run the task, as of a moment ago; null where one can. */
  missingFor(task: Task): Lack | null {
    return this.ownership.missingFor(task);
  }

  /** @throws NotFoundError */
  get(organization: string, id: string): Promise<Task> {
    return this.tasks.get(organization, id);
  }

  /** Lists tasks like `ShownTasks.list`. */
  list(organization: string, filter: TaskFilter, page: Page): Promise<Listing<Task>> {
    return this.tasks.list(organization, filter, page);
  }

  /**
   * Changes a task by a JSON Merge Patch (RFC 7396). Resolves when nothing of the old definition can start any more.
   * @throws InvalidInputError, NotFoundError, VersionMismatchError, UnknownTriggerTypeError
   */
  change(organization: string, id: string, patch: unknown, condition?: VersionCondition): Promise<Task> {
    const replacement: Replacement = { organization, id, change: 'changed', condition };
    return this.replacer.replace(replacement, (task, now, times) => {
      this.resolver.demandTypes(task);
      demandWhole(task, patch);
      return this.redefined(task, this.reader.patch(task.definition, patch, task.createdAt), now, times, replacement);
    });
  }

  /**
   * Gives a task the whole definition of `input`, which is read as for a new task; secrets that `input` does not
   * mention stay only if it has no `secrets` at all. A task that has all of that is returned as it is.
   * @throws InvalidInputError, NotFoundError
   */
  redefine(organization: string, id: string, input: unknown): Promise<Task> {
    const replacement: Replacement = { organization, id, change: 'changed' };
    return this.replacer.replace(replacement, (task, now, times) => {
      const { definition, secrets } = this.reader.read(input, task.createdAt);
      const changes = hasSecrets(input) ? secretChanges(this.secrets.readable(task), secrets) : {};
      const isNew = task.unreadable !== undefined || !sameDefinition(task.definition, definition);
      if (!isNew && Object.keys(changes).length === 0) return task;
      return this.redefined(task, { definition, secrets: changes }, now, times, replacement);
    });
  }

  /** Whether a new task of this input would have the definition that the task has. @throws InvalidInputError */
  isDefinedAs(task: Task, input: unknown): boolean {
    return sameDefinition(task.definition, this.reader.read(input, task.createdAt).definition);
  }

  /** Deletes a task and cancels its unfinished runs. @throws NotFoundError, VersionMismatchError */
  remove(organization: string, id: string, condition?: VersionCondition): Promise<void> {
    return this.replacer.remove(organization, id, condition);
  }

  /** Stops a task from starting until it is resumed by hand or at `until` (epoch ms). @throws InvalidInputError */
  pause(organization: string, id: string, pause: Pause, condition?: VersionCondition): Promise<Task> {
    return this.replacer.replace({ organization, id, change: 'paused', condition }, (task, now, { lenient }) => {
      this.status.taskAfter(task.state, 'pause');
      demandFuture(pause, now);
      return pausedTask(task, pause.reason, pause.until ?? null, lenient, now);
    });
  }

  /** Lets a paused task continue with its next occurrence; an active task stays as it is. The audit trail keeps the reason. */
  resume(organization: string, id: string, condition?: VersionCondition, reason?: string): Promise<Task> {
    return this.replacer.replace(
      { organization, id, change: 'resumed', condition, reason },
      (task, now, { timetables }) => {
        this.status.taskAfter(task.state, 'resume');
        return task.state === 'active' ? task : workedOut(() => resumedTask(task, timetables, now));
      },
    );
  }

  /** Gives a task the next occurrence that the current calendars allow it; `before` are the settings until now. */
  async reschedule(organization: string, id: string, before: OrganizationSettings): Promise<void> {
    const old = new CalendarResolver(this.resolver, before.calendars);
    await this.replacer.replace({ organization, id, change: 'changed', old }, (task, now, { lenient, lenientNow }) =>
      rescheduledTask(task, lenient, lenientNow, now),
    );
  }

  /**
   * Starts a run now, whatever the schedule says, and leaves the schedule as it is. A `requestId` that is known gets
   * the run that it started. `parameters` take the place of the task's in this run and in what repeats it.
   * @throws InvalidInputError, NotFoundError
   */
  async run(organization: string, id: string, { requestId, parameters, reason }: RunRequest = {}): Promise<Run> {
    const lookedAt = this.clock.monotonic();
    const task = await this.get(organization, id);
    const own = parameters === undefined ? undefined : this.demandParameters(task, parameters);
    const { run, isNew } = await this.intake.manual({ task, lookedAt }, requestId, own);
    const change = requestOf('run.requested', run, reason);
    await (isNew ? this.audit.record(change) : this.audit.recordOnce(change));
    return run;
  }

  /** The runs of `coming`, from the first on. */
  async nextRuns(organization: string, id: string, count: number): Promise<PlannedRun[]> {
    return (await this.coming(organization, id, { count })).runs;
  }

  /**
   * The task's coming occurrences, those that are skipped marked; none while it is paused.
   * @throws InvalidInputError, NotFoundError
   */
  async coming(organization: string, id: string, span: PlannedSpan): Promise<PlannedList & { task: Task }> {
    const task = await this.get(organization, id);
    const now = this.clock.now();
    for (const parameter of ['from', 'to'] as const)
      if ((span[parameter] ?? now) > now + FARTHEST_MS)
        throw new InvalidInputError([{ parameter, detail: 'must be within ten years from now' }]);
    if (task.state === 'paused' || (task.next === null && task.skips === undefined))
      return { task, runs: [], leftOut: [] };
    const timetables = await this.check.timetables(organization);
    const list = await inTurns(this.turns, organization, () => plannedRuns(task, timetables, span, now));
    return { task, ...list };
  }

  /** A run with its own parameters may be as large as its task would be with them. @throws InvalidInputError */
  private demandParameters(task: Task, input: unknown): JsonObject {
    if (task.unreadable !== undefined)
      throw new StateConflictError(`The task cannot be run with parameters: ${task.unreadable}.`);
    const parameters = this.reader.parameters(input, task.definition);
    demandTaskSize({ ...task, definition: { ...task.definition, parameters } }, this.options.limits.taskBytes, task);
    return parameters;
  }

  /** The task under a checked definition, which must suit its organization. */
  private async redefined(
    task: Task,
    { definition, secrets }: CheckedPatch,
    now: number,
    { timetables, lenient }: Times,
    replacement: Replacement,
  ): Promise<Task> {
    await this.check.demand(task.organization, definition, timetables);
    const merged = this.secrets.changed(task, definition, secrets);
    replacement.secretsSet = Object.entries(secrets ?? {}).flatMap(([name, value]) => (value === null ? [] : [name]));
    demandTaskSize({ definition, secrets: merged }, this.options.limits.taskBytes, task);
    // Triggers that fail may stay as they are: the task waits for them, whatever else is changed.
    const renewed = sameTriggers(task.definition, definition) ? lenient : timetables;
    return withTimetable(() => changedTask(readable(task), definition, merged, lenient, now, renewed));
  }
}

/** The task without the note that its definition is unreadable. */
function readable({ unreadable: _unreadable, ...task }: Task): Task {
  return task;
}

const hasSecrets = (input: unknown): boolean =>
  input !== null && typeof input === 'object' && (input as { secrets?: unknown }).secrets !== undefined;

/** A definition that cannot be read can only be replaced as a whole. @throws StateConflictError */
function demandWhole({ unreadable }: Task, patch: unknown): void {
  if (unreadable === undefined) return;
  const isWhole = ['name', 'triggers', 'action'].every((name) => Object.hasOwn(Object(patch) as object, name));
  if (!isWhole)
    throw new StateConflictError(`The task can only be changed as a whole (name, triggers and action): ${unreadable}.`);
}
