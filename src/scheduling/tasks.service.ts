import { Inject, Injectable } from '@nestjs/common';
import { AuditRecorder, type Change } from '../audit/audit-recorder.js';
import { taskDifferences, taskView } from '../audit/differences.js';
import { Clock } from '../clock/clock.js';
import { Turns } from '../clock/turns.js';
import { chunksOf } from '../domain/chunks.js';
import {
  InvalidInputError,
  NotFoundError,
  QuotaExceededError,
  StateConflictError,
  type Fault,
} from '../domain/errors.js';
import { newId } from '../domain/ids.js';
import type { Run } from '../domain/run.js';
import type { TaskDefinition } from '../domain/task-definition.js';
import { versionOf, type Task } from '../domain/task.js';
import { demandVersion, type VersionCondition } from '../domain/version-condition.js';
import { accounted } from '../ledger/accounting.js';
import { LifecycleEvents, type LifecycleEventMap } from '../lifecycle/lifecycle-events.js';
import { SecretsService } from '../secrets/secrets.service.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { RUNNER_OPTIONS, type ResolvedOptions } from '../options.js';
import { company, GroupCommit } from '../storage/group-commit.js';
import type { OrganizationSettings } from '../domain/organization-settings.js';
import { SettingsService } from '../organizations/settings.service.js';
import { CalendarResolver, type TaskTimetables } from '../triggers/calendar-resolver.js';
import { TimetableFault, workedOut } from '../triggers/timetable-fault.js';
import { TriggerResolver, upcoming } from '../triggers/trigger-resolver.js';
import type { PlannedRun } from '../triggers/trigger-type.js';
import { LenientTimetables } from './lenient-timetables.js';
import { ResourcePools } from './resource-pools.js';
import { Revocation } from './revocation.js';
import { RunIntake } from './run-intake.js';
import { ScheduleStatusEvaluator } from './schedule-status-evaluator.js';
import { requestOf } from './run-requests.js';
import { runsLeft } from './claim-planner.js';
import { dueAtOf, spreadOf } from './spread.js';
import { changedTask, newTask, pausedTask, rescheduledTask, resumedTask, sameTriggers } from './task-changes.js';
import { TaskInputReader } from './task-input.js';
import { demandTaskSize } from './task-size.js';
import { TaskQuota } from './task-quota.js';
import type { Listing } from './listing.js';
import { TaskReads, type Page, type TaskFilter } from './task.reads.js';
import { TaskStore } from './task.store.js';

const LARGEST_BATCH = 1000;
/** How often a change is tried again when others change the same task at the same time. */
const MOST_RETRIES = 20;

/** Where the timetables of a definition come from. */
type Timetables = (definition: TaskDefinition) => Promise<CalendarResolver>;

/** What became of an input: the task that was created, or why there is none. */
type Creation = { task: Task } | { faults: Fault[] };

/** What tells the occurrences of a task that is being changed. */
interface Times {
  /** As they are now. */
  timetables: CalendarResolver;
  /** As they were before the change, also where the task's triggers fail. */
  lenient: LenientTimetables;
  /** As they are now, also where the task's triggers fail. */
  lenientNow: LenientTimetables;
}

/** Which task is replaced, and how. */
interface Replacement {
  organization: string;
  id: string;
  change: LifecycleEventMap['task.changed']['change'];
  condition?: VersionCondition | undefined;
  /** The names of the secrets that got another value, once it is known. */
  secretsSet?: string[];
  /** What told its occurrences until now, where that is not what tells them from now on. */
  old?: TaskTimetables;
}

/** What becomes of a task; the task itself where there is nothing to do. */
type Changing = (task: Task, now: number, times: Times) => Task | Promise<Task>;

/** Creates, shows, changes and ends tasks, within one organization at a time. */
@Injectable()
export class TasksService {
  private readonly inserts: GroupCommit<Task, 'stored' | 'known' | QuotaExceededError>;

  constructor(
    private readonly store: TaskStore,
    private readonly reads: TaskReads,
    private readonly reader: TaskInputReader,
    private readonly resolver: TriggerResolver,
    private readonly status: ScheduleStatusEvaluator,
    private readonly secrets: SecretsService,
    private readonly revocation: Revocation,
    private readonly intake: RunIntake,
    private readonly pools: ResourcePools,
    private readonly quota: TaskQuota,
    private readonly events: LifecycleEvents,
    private readonly settings: SettingsService,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
    private readonly turns: Turns,
    @Inject(ENGINE_SETTINGS) { batchMs }: Pick<EngineSettings, 'batchMs'>,
    @Inject(RUNNER_OPTIONS) private readonly options: Pick<ResolvedOptions, 'limits'>,
  ) {
    this.inserts = new GroupCommit(
      async (tasks) => {
        const { known, refused } = await this.quota.insert(tasks);
        return tasks.map(({ id }) =>
          refused.has(id) ? tooMany(refused.get(id)!) : known.has(id) ? 'known' : 'stored',
        );
      },
      { limit: LARGEST_BATCH, ...company(clock, batchMs) },
    );
  }

  /**
   * Stores a new task. With an `id` that is known the task of that id is returned as it is.
   * @throws InvalidInputError, QuotaExceededError
   */
  async create(organization: string, input: unknown, options: { id?: string } = {}): Promise<Task> {
    const task = await this.build(organization, input, this.timetablesAsNeeded(organization), options.id);
    const result = await this.inserts.add(task);
    if (result === 'stored') {
      this.created(task);
      await this.audit.record(creationOf(task));
      return task;
    }
    const known = await this.store.get(organization, task.id);
    if (!known) throw result === 'known' ? new NotFoundError('task', task.id) : result;
    // Whoever stored it may have died before it was recorded.
    await this.audit.recordOnce(creationOf(known));
    return known;
  }

  /** Stores new tasks, up to 1,000 in one write; each has its own result, in their order. */
  async createMany(organization: string, inputs: readonly unknown[]): Promise<Creation[]> {
    const timetables = this.timetablesAsNeeded(organization);
    const parts: Promise<Creation[]>[] = [];
    for (const chunk of chunksOf(inputs, LARGEST_BATCH)) {
      const built = await Promise.all(chunk.map((input) => this.tryBuild(organization, input, timetables)));
      // What is being stored and recorded goes on while the next ones are built, with two parts at the most.
      await parts.at(-2);
      const part = this.storeBuilt(built);
      // Each is waited for in the end; until then its failure is nobody's oversight.
      part.catch(() => undefined);
      parts.push(part);
    }
    return (await Promise.all(parts)).flat();
  }

  /** @throws NotFoundError */
  async get(organization: string, id: string): Promise<Task> {
    const task = await this.reads.get(organization, id);
    if (!task) throw new NotFoundError('task', id);
    return task;
  }

  list(organization: string, filter: TaskFilter, page: Page): Promise<Listing<Task>> {
    return this.reads.list(organization, filter, page);
  }

  /**
   * Changes a task by a JSON Merge Patch (RFC 7396). Resolves when nothing of the old definition can start any more.
   * @throws InvalidInputError, NotFoundError, VersionMismatchError, UnknownTriggerTypeError
   */
  change(organization: string, id: string, patch: unknown, condition?: VersionCondition): Promise<Task> {
    const replacement: Replacement = { organization, id, change: 'changed', condition };
    return this.replace(replacement, async (task, now, { timetables, lenient }) => {
      this.resolver.demandTypes(task);
      demandWhole(task, patch);
      const { definition, secrets } = this.reader.patch(task.definition, patch, task.createdAt);
      timetables.check(definition);
      await this.checkResources(organization, definition);
      const merged = this.mergeSecrets(task, definition, secrets);
      replacement.secretsSet = Object.entries(secrets ?? {}).flatMap(([name, value]) => (value === null ? [] : [name]));
      demandTaskSize({ definition, secrets: merged }, this.options.limits.taskBytes, task);
      // Triggers that fail may stay as they are: the task waits for them with whatever else is changed.
      const renewed = sameTriggers(task.definition, definition) ? lenient : timetables;
      return withTimetable(() => changedTask(readable(task), definition, merged, lenient, now, renewed));
    });
  }

  /** Deletes a task; what it left unfinished is cancelled. @throws NotFoundError, VersionMismatchError */
  async remove(organization: string, id: string, condition?: VersionCondition): Promise<void> {
    for (let tries = 0; tries < MOST_RETRIES; tries++) {
      const task = await this.get(organization, id);
      if (condition) demandVersion(id, versionOf(task), condition);
      const now = this.clock.now();
      if (!(await this.store.remove(organization, id, task.generation))) continue;
      await this.audit.record({ before: taskView(task), ...subjectOf('deleted', task) });
      await this.revocation.revokeDeleted(task, now);
      return this.events.emit('task.changed', { change: 'deleted', task });
    }
    throw new StateConflictError('The task is being changed by others; try again.');
  }

  /** Stops a task from starting, until it is resumed by hand or at `until` (epoch ms). @throws InvalidInputError */
  pause(
    organization: string,
    id: string,
    request: { reason: string; until?: number },
    condition?: VersionCondition,
  ): Promise<Task> {
    return this.replace({ organization, id, change: 'paused', condition }, (task, now, { lenient }) => {
      this.status.taskAfter(task.state, 'pause');
      if (request.until !== undefined && request.until <= now)
        throw new InvalidInputError([{ pointer: '/until', detail: 'must lie in the future' }]);
      return pausedTask(task, request.reason, request.until ?? null, lenient, now);
    });
  }

  /** Lets a paused task go on with its next occurrence; one that is active stays as it is. */
  resume(organization: string, id: string, condition?: VersionCondition): Promise<Task> {
    return this.replace({ organization, id, change: 'resumed', condition }, (task, now, { timetables }) => {
      this.status.taskAfter(task.state, 'resume');
      return task.state === 'active' ? task : workedOut(() => resumedTask(task, timetables, now));
    });
  }

  /** Gives a task the next occurrence that the calendars of today leave it; `before` are the settings until now. */
  async reschedule(organization: string, id: string, before: OrganizationSettings): Promise<void> {
    const old = new CalendarResolver(this.resolver, before.calendars);
    await this.replace({ organization, id, change: 'changed', old }, (task, now, { lenient, lenientNow }) =>
      rescheduledTask(task, lenient, lenientNow, now),
    );
  }

  /** Starts a run now, whatever the schedule says, and moves no schedule. */
  async run(organization: string, id: string): Promise<Run> {
    const lookedAt = this.clock.monotonic();
    const run = await this.intake.manual({ task: await this.get(organization, id), lookedAt });
    await this.audit.record(requestOf('run.requested', run));
    return run;
  }

  /** The task's coming occurrences; none while it is paused. */
  async nextRuns(organization: string, id: string, count: number): Promise<PlannedRun[]> {
    const task = await this.get(organization, id);
    if (task.next === null) return [];
    const timetables = await this.timetables(organization);
    return workedOut(() => plannedRuns(task, timetables, count));
  }

  private async build(organization: string, input: unknown, timetablesFor: Timetables, id?: string): Promise<Task> {
    if (this.turns.isOver(organization)) await this.turns.next(organization);
    const now = this.clock.now();
    const { definition, secrets } = this.reader.read(input, now);
    const timetables = await timetablesFor(definition);
    timetables.check(definition);
    await this.checkResources(organization, definition);
    const identity = { organization, id: id ?? newId(now), definition };
    if (this.turns.isOver(organization)) await this.turns.next(organization);
    const sealed = this.secrets.sealAll(identity, secrets);
    demandTaskSize({ definition, secrets: sealed }, this.options.limits.taskBytes);
    return withTimetable(() => newTask({ secrets: sealed, ...identity }, timetables, now));
  }

  private async checkResources(organization: string, { resources }: TaskDefinition): Promise<void> {
    const faults = await this.pools.faults(organization, resources);
    if (faults.length > 0) throw new InvalidInputError(faults);
  }

  /** The calendars as they are now. */
  private async timetables(organization: string): Promise<CalendarResolver> {
    return new CalendarResolver(this.resolver, (await this.settings.get(organization)).settings.calendars);
  }

  /** As `timetables`, read when a definition first names a calendar, and then only once. */
  private timetablesAsNeeded(organization: string): Timetables {
    let current: Promise<CalendarResolver> | undefined;
    return async ({ calendars = [] }) =>
      calendars.length > 0
        ? await (current ??= this.timetables(organization))
        : new CalendarResolver(this.resolver, {});
  }

  /** Stores and records those that could be built, as far as the quota allows. */
  private async storeBuilt(built: readonly Creation[]): Promise<Creation[]> {
    const { refused } = await this.quota.insert(built.flatMap((result) => ('task' in result ? [result.task] : [])));
    const stored = built.map((result) => {
      if ('faults' in result) return result;
      const limit = refused.get(result.task.id);
      if (limit !== undefined) return { faults: [{ pointer: '', detail: tooMany(limit).message }] };
      this.created(result.task);
      return result;
    });
    await this.audit.recordAll(stored.flatMap((result) => ('task' in result ? [creationOf(result.task)] : [])));
    return stored;
  }

  private async tryBuild(organization: string, input: unknown, timetablesFor: Timetables): Promise<Creation> {
    try {
      return { task: await this.build(organization, input, timetablesFor) };
    } catch (error) {
      if (error instanceof InvalidInputError) return { faults: error.faults };
      throw error;
    }
  }

  private created(task: Task): void {
    this.revocation.follow(task);
    this.events.emit('task.changed', { change: 'created', task });
  }

  /** Stores what `changed` makes of the task; where that is the task itself, there is nothing to do. */
  private async replace(replacement: Replacement, changed: Changing): Promise<Task> {
    try {
      return await this.tryToReplace(replacement, changed);
    } finally {
      this.revocation.letGo(replacement.id);
    }
  }

  private async tryToReplace(replacement: Replacement, changed: Changing): Promise<Task> {
    const { organization, id, change, condition, old } = replacement;
    const timetables = await this.timetables(organization);
    for (let tries = 0; tries < MOST_RETRIES; tries++) {
      // What this instance claims of the task must not be what keeps it from being changed time and again.
      if (tries > 0) await this.revocation.hold(id);
      const task = await this.get(organization, id);
      const now = this.clock.now();
      const lenient = new LenientTimetables(old ?? timetables, task);
      const lenientNow = new LenientTimetables(timetables, task);
      const after = await changed(task, now, { timetables, lenient, lenientNow });
      // A condition counts only where the change could be made otherwise (RFC 9110, section 13.2.1).
      if (condition) demandVersion(id, versionOf(task), condition);
      if (after === task) return task;
      // Where a trigger's type is not registered nobody could say what the change leaves behind.
      const isKnown = this.resolver.knows(task);
      const { task: next, ledger } = isKnown
        ? accounted(task, after, lenient, new LenientTimetables(timetables, after), now)
        : { task: after, ledger: [] };
      if (!(await this.store.replace(organization, next, task, ledger))) continue;
      await this.audit.record({ ...subjectOf(change, next), ...taskDifferences(task, next, replacement.secretsSet) });
      const counted = await this.revocation.revoke(next, now);
      this.events.emit('task.changed', { change, task: counted });
      return counted;
    }
    throw new StateConflictError('The task is being changed by others; try again.');
  }

  /** Those that stay are sealed anew where the definition puts them to another use. */
  private mergeSecrets(
    task: Task,
    definition: TaskDefinition,
    changes: Record<string, string | null> | null,
  ): Record<string, string> {
    if (changes === null) return {};
    const entries = Object.entries(changes);
    const set = Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
    const deleted = new Set(entries.filter(([, value]) => value === null).map(([name]) => name));
    const kept = Object.fromEntries(Object.entries(task.secrets).filter(([name]) => !deleted.has(name)));
    const { organization, id } = task;
    const stays = this.secrets.rebind({ ...task, secrets: kept }, definition);
    return { ...stays, ...this.secrets.sealAll({ organization, id, definition }, set) };
  }
}

/** The task under a definition that is there. */
function readable({ unreadable: _unreadable, ...task }: Task): Task {
  return task;
}

/** What cannot be read can only be replaced as a whole. @throws StateConflictError */
function demandWhole({ unreadable }: Task, patch: unknown): void {
  if (unreadable === undefined) return;
  const isWhole = ['name', 'triggers', 'action'].every((name) => Object.hasOwn(Object(patch) as object, name));
  if (!isWhole)
    throw new StateConflictError(`The task can only be changed as a whole (name, triggers and action): ${unreadable}.`);
}

/** The first `count` occurrences that are to come. */
function plannedRuns(task: Task, timetables: CalendarResolver, count: number): PlannedRun[] {
  const timetable = timetables.timetableOf(task);
  const planned = upcoming(timetable, task.next!.scheduledFor - 1, Math.min(count, runsLeft(task)));
  return spreadOf(task) === 0 ? planned : planned.map((run) => ({ ...run, dueAt: dueAtOf(task, timetable, run) }));
}

/** Works out where a task stands in time by triggers that somebody sent. @throws InvalidInputError when these fail at that */
function withTimetable(work: () => Task): Task {
  try {
    return workedOut(work);
  } catch (error) {
    if (error instanceof TimetableFault) throw new InvalidInputError([{ pointer: '/triggers', detail: error.message }]);
    throw error;
  }
}

const tooMany = (limit: number) =>
  new QuotaExceededError(`The organization has as many tasks as its quota allows (${limit}).`);

const subjectOf = (
  change: LifecycleEventMap['task.changed']['change'],
  { organization, id }: Task,
): Pick<Change, 'organization' | 'action' | 'object'> => ({
  organization,
  action: `task.${change}`,
  object: { type: 'task', id },
});

const creationOf = (task: Task): Change => ({ after: taskView(task), ...subjectOf('created', task) });
