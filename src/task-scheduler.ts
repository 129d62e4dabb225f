import { Injectable, Logger } from '@nestjs/common';
import { InvalidInputError, type Fault } from './domain/errors.js';
import { faultsOf } from './domain/faults.js';
import { derivedId } from './domain/ids.js';
import type { Json } from './domain/json.js';
import type { LedgerEntry } from './domain/ledger.js';
import { FAILED_STATES, type Run } from './domain/run.js';
import { MOST_SKIPS } from './domain/skip.js';
import type { Task } from './domain/task.js';
import { outsideEventTypeSchema } from './domain/outside-event.js';
import type { TriggerInput } from './domain/trigger.js';
import type { Explanation } from './explain/explanation.js';
import type { LedgerPage, LedgerQuery } from './ledger/ledger.service.js';
import type { Backfill } from './rerun/backfill.service.js';
import { EVERY_MS, MOST_RERUNS } from './rerun/pace.js';
import type { QueueOverview } from './queues/queues.service.js';
import type { Redrive } from './rerun/redrive.service.js';
import { filled } from './domain/listing.js';
import { demandJson, faultOfJson } from './scheduler/demand-json.js';
import { keyedRun } from './scheduler/keyed-run.js';
import type { Change } from './scheduler/changes-in.js';
import type { ChangesOptions } from './scheduler/change-feed.js';
import {
  idOfReference,
  type Reference,
  type ResultOf,
  type RunOf,
  type TaskInputFor,
  type TaskInputsFor,
  type TaskOf,
} from './integrations/handler/handler-types.js';
import {
  bulkOptionsOf,
  calendarsOf,
  conditionOf,
  countOf,
  instantOf,
  skipReasonOf,
  type BackfillOptions,
  type BulkChangeOptions,
  type FollowLogOptions,
  type GrantsInput,
  type InstallationPatch,
  type LogOptions,
  type PauseManyOptions,
  type PreviewOptions,
  type RedriveOptions,
  type RunNowOptions,
  type ScheduleOptions,
  type SettingsInput,
  type VersionOption,
} from './scheduler/scheduler-options.js';
import type { LogEntry } from './execution-log/log.store.js';
import type { StoredGrants } from './organizations/grants.service.js';
import type { StoredInstallationSettings } from './organizations/installation-settings.service.js';
import type { StoredSettings } from './organizations/settings.store.js';
import type { Bulk, TaskSelection } from './scheduling/tasks/bulk-changes.js';
import type { Preview } from './triggers/trigger-resolver.js';
import type { PlannedRun } from './triggers/trigger-type.js';
import { succeeded } from './scheduler/result-errors.js';
import type { WaitOptions } from './scheduler/run-results.js';
import { SchedulerServices } from './scheduler/scheduler-services.js';
import type { RunFilter } from './scheduling/ports/run.store.js';
import type { Page, TaskFilter } from './scheduling/ports/task.store.js';
import type { Dispatched } from './events/events.service.js';

/** The organization of a host application that needs only one. */
export const DEFAULT_ORGANIZATION = 'default';

/** A host application's access to its tasks, in one organization. Errors are those of the REST API, as classes. */
@Injectable()
export class TaskScheduler {
  private readonly logger = new Logger(TaskScheduler.name);

  constructor(
    private readonly services: SchedulerServices,
    private readonly organization: string = DEFAULT_ORGANIZATION,
  ) {}

  /** The scheduler of another organization. */
  for(organization: string): TaskScheduler {
    return new TaskScheduler(this.services, organization);
  }

  /**
   * Schedules a task. The caller chooses the `key`; a key always names the same task of the organization, so code that
   * runs at every start can call this. `onExisting` says what becomes of a task that exists under the key: `keep` (the
   * default) leaves it as it is, with a warning when its definition is another one; `change` gives it this definition,
   * and leaves its pause, its runs and its count of runs alone.
   */
  async schedule<Name extends string = string>(
    task: TaskInputFor<Name>,
    { key, onExisting = 'keep' }: ScheduleOptions = {},
  ): Promise<TaskOf<Name>> {
    demandJson(task);
    if (key === undefined) return this.services.tasks.create(this.organization, task);
    const stored = await this.services.tasks.create(this.organization, task, { id: this.idOf(key) });
    if (onExisting === 'change') return this.services.tasks.redefine(this.organization, stored.id, task);
    if (!this.services.tasks.isDefinedAs(stored, task)) this.logger.warn(keptAsItIs(key));
    return stored;
  }

  /** The id of the task that has this key, or would have it. */
  idOf(key: string): string {
    return derivedId(0, 'task', this.organization, key);
  }

  /** Schedules any number of tasks, up to 250 per write. Each task has its own result, in the order of the tasks. */
  async scheduleMany<Names extends readonly string[] = string[]>(
    tasks: readonly [...TaskInputsFor<Names>],
  ): Promise<Array<{ task: Task } | { faults: Fault[] }>> {
    const faults = tasks.map((task) => faultOfJson(task));
    const created = await this.services.tasks.createMany(
      this.organization,
      tasks.filter((_, index) => faults[index] === null),
    );
    return faults.map((fault) => (fault ? { faults: [fault] } : created.shift()!));
  }

  get(id: string): Promise<Task> {
    return this.services.tasks.get(this.organization, id);
  }

  /** Tasks by id descending, which is newest first. */
  list(filter: TaskFilter = {}, page: Page = { limit: 50 }): Promise<Task[]> {
    return filled((stretch) => this.services.tasks.list(this.organization, filter, stretch), page);
  }

  /** Changes a task by a JSON Merge Patch (RFC 7396). */
  async change(id: string, patch: unknown): Promise<Task> {
    demandJson(patch);
    return this.services.tasks.change(this.organization, id, patch);
  }

  remove(id: string): Promise<void> {
    return this.services.tasks.remove(this.organization, id);
  }

  /** Stops a task from starting until somebody resumes it or until the instant `until`. */
  pause(id: string, reason: string, until?: Date): Promise<Task> {
    return this.services.tasks.pause(this.organization, id, { reason, until: until?.getTime() });
  }

  resume(id: string): Promise<Task> {
    return this.services.tasks.resume(this.organization, id);
  }

  /**
   * Pauses up to 1,000 active tasks: those with the tag, in the queue, with the text in their name; without any of
   * these, all. `next` of the answer is the `after` of the call that goes on. With `dryRun` it only tells which.
   */
  async pauseMany(filter: TaskSelection, { reason, until, ...options }: PauseManyOptions): Promise<Bulk> {
    const pause = { reason, until: until?.getTime() };
    return this.services.bulk.pause(this.organization, filter, pause, bulkOptionsOf(options));
  }

  /** Resumes up to 1,000 paused tasks, chosen as by `pauseMany`; with a `reason`, those that were paused for it. */
  async resumeMany(filter: TaskSelection & { reason?: string }, options: BulkChangeOptions = {}): Promise<Bulk> {
    return this.services.bulk.resume(this.organization, filter, bulkOptionsOf(options));
  }

  /** The task's next occurrences, up to 1,000; none while it is paused. Instants in epoch ms. */
  async nextRuns(id: string, count = 10): Promise<PlannedRun[]> {
    const most = countOf(count, 'count');
    const runs = await this.services.tasks.nextRuns(this.organization, id, most + MOST_SKIPS);
    return runs.filter(({ skipped }) => skipped === undefined).slice(0, most);
  }

  /**
   * Takes one occurrence to come out of the plan, by its nominal time: nothing of it starts any more, on no instance.
   * Resolves to what the ledger is going to tell of it; skipped again, it keeps its first reason. What has begun or passed
   * cannot be skipped. @throws InvalidInputError, NotFoundError, StateConflictError
   */
  async skip(id: string, at: Date, reason: string): Promise<LedgerEntry> {
    return this.services.skips.skip(this.organization, id, instantOf(at), skipReasonOf(reason));
  }

  /** Puts a skipped occurrence back, before it is due. @throws InvalidInputError, NotFoundError, StateConflictError */
  async restore(id: string, at: Date): Promise<void> {
    await this.services.skips.restore(this.organization, id, instantOf(at));
  }

  /** When a trigger would fire after `from` (now), up to 1,000 times, with its description; stores nothing. */
  async preview(trigger: TriggerInput, { from, count = 10, calendars = [] }: PreviewOptions = {}): Promise<Preview> {
    demandJson({ trigger, calendars });
    return this.services.previews.preview(this.organization, {
      trigger,
      from: from?.getTime(),
      count: countOf(count, 'count'),
      calendars: calendarsOf(calendars),
    });
  }

  /** What waits in each queue, who works it, and whether it is paused. */
  queues(): Promise<QueueOverview> {
    return this.services.queues.overview(this.organization);
  }

  /** Lets nothing of a queue start until it resumes; all instances know within two seconds. */
  async pauseQueue(name: string, reason: string): Promise<void> {
    await this.services.queues.pause(this.organization, name, reason);
  }

  /** Lets a queue go on: what waits in it starts within a second. */
  resumeQueue(name: string): Promise<void> {
    return this.services.queues.resume(this.organization, name);
  }

  /**
   * Starts a run now; the schedule stays as it is. Its own parameters are checked as those of a task, and stay with the
   * run and with what repeats it.
   */
  async runNow<Name extends string = string>(
    task: Reference<Name>,
    { parameters, idempotencyKey: key }: RunNowOptions<Name> = {},
  ): Promise<RunOf<Name>> {
    demandJson({ parameters });
    const id = idOfReference(task);
    if (key === undefined) return this.services.tasks.run(this.organization, id, { parameters });
    return keyedRun(this.services, { organization: this.organization, taskId: id, key, parameters });
  }

  /**
   * Waits until the run has ended, on whichever instance, with all of its attempts; it may have ended before. A run that
   * drives it again is another run.
   * @throws RunFailedError, RunCancelledError, RunSkippedError, ResultTimeoutError, ResultAbandonedError, NotFoundError
   */
  async result<Name extends string = string>(run: Reference<Name>, options: WaitOptions = {}): Promise<ResultOf<Name>> {
    const ended = await this.services.results.of(this.organization, idOfReference(run), options);
    return succeeded(ended) as ResultOf<Name>;
  }

  /** The outcomes of a task's occurrences, oldest first: its runs, and the stretches that did not run. Epoch ms. */
  occurrences(id: string, query: LedgerQuery = { limit: 50 }): Promise<LedgerPage> {
    return this.services.ledger.list(this.organization, id, query);
  }

  /** Explains the task's occurrence nearest to `at` (default: now): why it ran, waits, was late or did not run. */
  explain(id: string, at?: Date): Promise<Explanation> {
    return this.services.explanations.explain(this.organization, id, at?.getTime());
  }

  /**
   * Runs up to 1,000 past occurrences that have no run, from `from` (inclusive) to `to` (exclusive), one every
   * `everyMs` (100). A repeated call runs what is still missing and nothing twice. With `dryRun` it only reports what
   * it would run.
   */
  backfill(id: string, { from, to, everyMs = EVERY_MS.default, dryRun = false }: BackfillOptions): Promise<Backfill> {
    const request = { from: from.getTime(), to: to.getTime(), everyMs };
    return dryRun
      ? this.services.backfills.plan(this.organization, id, request)
      : this.services.backfills.start(this.organization, id, request);
  }

  getRun(id: string): Promise<Run> {
    return this.services.runs.get(this.organization, id);
  }

  /** The entries of a run's log after a sequence, ascending. Instants in epoch ms. */
  async log(runId: string, { after = 0, limit = 1000 }: LogOptions = {}): Promise<LogEntry[]> {
    return this.services.runs.log(this.organization, runId, after, countOf(limit, 'limit'));
  }

  /** The entries of a run's log as they arrive, on whichever instance, until the run has ended or the signal fires. */
  followLog(runId: string, { after = 0, signal = NEVER }: FollowLogOptions = {}): AsyncIterable<LogEntry> {
    return this.services.runs.follow(this.organization, runId, after, signal);
  }

  /** Runs by id descending, which is newest first. */
  listRuns(filter: RunFilter = {}, page: Page = { limit: 50 }): Promise<Run[]> {
    return filled((stretch) => this.services.runs.list(this.organization, filter, stretch), page);
  }

  /** Runs a finished run again, as a new run with the same nominal time. */
  retryRun(id: string): Promise<Run> {
    return this.services.runs.retry(this.organization, id);
  }

  /**
   * Runs up to 1,000 failed runs again, oldest first, one every `everyMs` (100). A repeated call runs those still
   * missing and none twice. With `dryRun` it only reports which runs it would take.
   */
  retryRuns({ from, to, dryRun = false, ...options }: RedriveOptions = {}): Promise<Redrive> {
    const defaults = { states: FAILED_STATES, limit: MOST_RERUNS, everyMs: EVERY_MS.default };
    const request = { ...defaults, ...options, from: from?.getTime(), to: to?.getTime() };
    return dryRun
      ? this.services.redrives.plan(this.organization, request)
      : this.services.redrives.start(this.organization, request);
  }

  cancelRun(id: string): Promise<Run> {
    return this.services.runs.cancel(this.organization, id);
  }

  /**
   * What changes in the organization, on whichever instance: tasks, settings, requests, the ends of runs; in order, and
   * each once from a position on. The end of a run follows the life of a lock and some seconds after it.
   * @throws ChangesLostError, InvalidInputError, OverloadedError
   */
  changes(options: ChangesOptions = {}): AsyncIterable<Change> {
    return this.services.changes.follow(this.organization, options);
  }

  /** The calendars, pools and quotas of the organization, with the version for a conditional change. */
  settings(): Promise<StoredSettings> {
    return this.services.settings.get(this.organization);
  }

  /** Replaces the settings as a whole; with a `version`, only those. @throws InvalidInputError, VersionMismatchError */
  async setSettings(settings: SettingsInput, { version }: VersionOption = {}): Promise<StoredSettings> {
    demandJson(settings);
    return this.services.settings.put(this.organization, settings, conditionOf(version));
  }

  /** The organization's weight beside others, and the ceilings of its quotas, as the installation grants them. */
  grants(): Promise<StoredGrants> {
    return this.services.grants.get(this.organization);
  }

  /** Replaces weight and ceilings as a whole. @throws InvalidInputError, VersionMismatchError */
  async setGrants(grants: GrantsInput, { version }: VersionOption = {}): Promise<StoredGrants> {
    demandJson(grants);
    return this.services.grants.put(this.organization, grants, conditionOf(version));
  }

  /** What is set for all instances of the installation, whatever the organization of this scheduler. */
  installationSettings(): Promise<StoredInstallationSettings> {
    return this.services.installation.get();
  }

  /**
   * Changes what is set for all instances by a JSON Merge Patch; they work by it within two seconds. `{ paused: { reason } }`
   * lets nothing start anywhere until `{ paused: null }`. @throws InvalidInputError, VersionMismatchError
   */
  async changeInstallationSettings(
    patch: InstallationPatch,
    { version }: VersionOption = {},
  ): Promise<StoredInstallationSettings> {
    demandJson(patch);
    return this.services.installation.patch(patch, conditionOf(version));
  }

  /** Raises an event; with an `id` that is known, nothing starts twice. @throws InvalidInputError */
  async raise(event: string, data: Json = null, id?: string): Promise<Dispatched> {
    const type = outsideEventTypeSchema.safeParse(event);
    if (!type.success)
      throw new InvalidInputError(faultsOf(type.error).map(({ detail }) => ({ parameter: 'event', detail })));
    demandJson(data);
    return this.services.events.receive(this.organization, event, data, id);
  }
}

/** A signal that never fires. */
const NEVER = new AbortController().signal;

const keptAsItIs = (key: string): string =>
  `The task with the key ${JSON.stringify(key)} is there with another definition, and stays as it is; {onExisting: "change"} would change it.`;
