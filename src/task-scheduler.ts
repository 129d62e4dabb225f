import { Injectable } from '@nestjs/common';
import { InvalidInputError, type Fault } from './domain/errors.js';
import { faultsOf } from './domain/faults.js';
import { derivedId } from './domain/ids.js';
import type { Json } from './domain/json.js';
import { jsonFault } from './domain/json-value.js';
import { FAILED_STATES, type FailedState, type Run } from './domain/run.js';
import type { TaskInput } from './domain/task-definition.js';
import type { Task } from './domain/task.js';
import { eventTypeSchema } from './domain/trigger.js';
import { ExplainService } from './explain/explain.service.js';
import type { Explanation } from './explain/explanation.js';
import { LedgerService, type LedgerPage, type LedgerQuery } from './ledger/ledger.service.js';
import { BackfillService, type Backfill } from './rerun/backfill.service.js';
import { EVERY_MS, MOST_RERUNS } from './rerun/pace.js';
import { RedriveService, type Redrive } from './rerun/redrive.service.js';
import { filled } from './scheduling/listing.js';
import { RunsService } from './scheduling/runs.service.js';
import type { RunFilter } from './scheduling/run.store.js';
import type { Page, TaskFilter } from './scheduling/task.store.js';
import { TasksService } from './scheduling/tasks.service.js';
import { EventsService, type Dispatched } from './triggers/events.service.js';

/** The organization of a host application that has only one. */
export const DEFAULT_ORGANIZATION = 'default';

/** Which occurrences of a task to run after all, how fast, or whether only to tell. */
export interface BackfillOptions {
  from: Date;
  to: Date;
  everyMs?: number;
  dryRun?: boolean;
}

/** Which failed runs to drive again, how many at the most and how fast, or whether only to tell. */
export interface RedriveOptions {
  taskId?: string;
  from?: Date;
  to?: Date;
  states?: readonly FailedState[];
  /** The code of the last attempt's error, such as `http-503`, `timeout` or `instance-lost`. */
  code?: string;
  /** A part of why the run failed, whatever its case. */
  text?: string;
  limit?: number;
  everyMs?: number;
  dryRun?: boolean;
}

/** A host application's way to its tasks, in one organization. Errors are those of the REST interface, as classes. */
@Injectable()
export class TaskScheduler {
  constructor(
    private readonly tasks: TasksService,
    private readonly runs: RunsService,
    private readonly events: EventsService,
    private readonly ledger: LedgerService,
    private readonly explanations: ExplainService,
    private readonly backfills: BackfillService,
    private readonly redrives: RedriveService,
    private readonly organization: string = DEFAULT_ORGANIZATION,
  ) {}

  /** The same for another organization. */
  for(organization: string): TaskScheduler {
    const { tasks, runs, events, ledger, explanations, backfills, redrives } = this;
    return new TaskScheduler(tasks, runs, events, ledger, explanations, backfills, redrives, organization);
  }

  /**
   * Schedules a task. A `key` of the caller's choosing always means the same task of the organization: where there is
   * one already, that one is returned unchanged, so that code which runs at every start can schedule.
   */
  async schedule(task: TaskInput, options: { key?: string } = {}): Promise<Task> {
    const id = options.key === undefined ? {} : { id: derivedId(0, 'task', this.organization, options.key) };
    demandJson(task);
    return this.tasks.create(this.organization, task, id);
  }

  /** Schedules any number of tasks, up to 1,000 in one write; each has its own result, in their order. */
  async scheduleMany(tasks: readonly TaskInput[]): Promise<Array<{ task: Task } | { faults: Fault[] }>> {
    const faults = tasks.map((task) => jsonFault(task, LENIENT));
    const created = await this.tasks.createMany(
      this.organization,
      tasks.filter((_, index) => faults[index] === null),
    );
    return faults.map((fault) => (fault ? { faults: [fault] } : created.shift()!));
  }

  get(id: string): Promise<Task> {
    return this.tasks.get(this.organization, id);
  }

  /** Tasks by id descending, which is newest first. */
  list(filter: TaskFilter = {}, page: Page = { limit: 50 }): Promise<Task[]> {
    return filled((stretch) => this.tasks.list(this.organization, filter, stretch), page);
  }

  /** Changes a task by a JSON Merge Patch (RFC 7396). */
  async change(id: string, patch: unknown): Promise<Task> {
    demandJson(patch);
    return this.tasks.change(this.organization, id, patch);
  }

  remove(id: string): Promise<void> {
    return this.tasks.remove(this.organization, id);
  }

  /** Stops a task from starting, until it is resumed or the instant `until`. */
  pause(id: string, reason: string, until?: Date): Promise<Task> {
    return this.tasks.pause(this.organization, id, { reason, ...(until && { until: until.getTime() }) });
  }

  resume(id: string): Promise<Task> {
    return this.tasks.resume(this.organization, id);
  }

  /** Starts a run now and moves no schedule. */
  runNow(id: string): Promise<Run> {
    return this.tasks.run(this.organization, id);
  }

  /** What became of a task's occurrences, oldest first: its runs, and the stretches that did not run. Epoch ms. */
  occurrences(id: string, query: LedgerQuery = { limit: 50 }): Promise<LedgerPage> {
    return this.ledger.list(this.organization, id, query);
  }

  /** Why the task's occurrence nearest to `at`, which is now unless given, ran, waits, was late or did not run. */
  explain(id: string, at?: Date): Promise<Explanation> {
    return this.explanations.explain(this.organization, id, at?.getTime());
  }

  /**
   * Runs up to 1,000 occurrences that have passed without a run, from `from` on and before `to`, one each `everyMs` (100).
   * Asked again, it runs what is missing and nothing twice. With `dryRun` it only tells what it would run.
   */
  backfill(id: string, { from, to, everyMs = EVERY_MS.default, dryRun = false }: BackfillOptions): Promise<Backfill> {
    const request = { from: from.getTime(), to: to.getTime(), everyMs };
    return dryRun
      ? this.backfills.plan(this.organization, id, request)
      : this.backfills.start(this.organization, id, request);
  }

  getRun(id: string): Promise<Run> {
    return this.runs.get(this.organization, id);
  }

  /** Runs by id descending, which is newest first. */
  listRuns(filter: RunFilter = {}, page: Page = { limit: 50 }): Promise<Run[]> {
    return filled((stretch) => this.runs.list(this.organization, filter, stretch), page);
  }

  /** Drives a finished run again, as a new one of the same nominal time. */
  retryRun(id: string): Promise<Run> {
    return this.runs.retry(this.organization, id);
  }

  /**
   * Drives up to 1,000 failed runs again, oldest first, one each `everyMs` (100). Asked again, it drives those that are
   * missing and none twice. With `dryRun` it only tells which.
   */
  retryRuns({ from, to, dryRun = false, ...options }: RedriveOptions = {}): Promise<Redrive> {
    const defaults = { states: FAILED_STATES, limit: MOST_RERUNS, everyMs: EVERY_MS.default };
    const request = { ...defaults, ...options, from: from?.getTime(), to: to?.getTime() };
    return dryRun ? this.redrives.plan(this.organization, request) : this.redrives.start(this.organization, request);
  }

  cancelRun(id: string): Promise<Run> {
    return this.runs.cancel(this.organization, id);
  }

  /** Raises an event; with an `id` that is known, nothing starts twice. @throws InvalidInputError */
  async raise(event: string, data: Json = null, id?: string): Promise<Dispatched> {
    const type = eventTypeSchema.safeParse(event);
    if (!type.success)
      throw new InvalidInputError(faultsOf(type.error).map(({ detail }) => ({ parameter: 'event', detail })));
    demandJson(data);
    return this.events.receive(this.organization, event, data, id);
  }
}

/** In TypeScript a member that is left out is often there and undefined. */
const LENIENT = { undefinedIsAbsent: true };

/** What comes in over HTTP was looked at when it was parsed. @throws InvalidInputError */
function demandJson(value: unknown): void {
  const fault = jsonFault(value, LENIENT);
  if (fault) throw new InvalidInputError([fault]);
}
