import { Injectable } from '@nestjs/common';
import { AuditRecorder, type Change } from '../audit/audit-recorder.js';
import { Clock } from '../clock/clock.js';
import { retryRunId } from '../domain/ids.js';
import { toIso } from '../domain/instants.js';
import type { Json } from '../domain/json.js';
import type { FailedState, Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { newRun } from '../scheduling/planning/new-run.js';
import { RunReads } from '../scheduling/ports/run.reads.js';
import { RunStore } from '../scheduling/ports/run.store.js';
import { TaskReads } from '../scheduling/ports/task.reads.js';
import { checkLimit, checkPace, checkRange, LEAD_MS, LOWEST_PRIORITY } from './pace.js';
import { storeAlone } from './store-alone.js';
import { Tracing } from '../tracing/tracing.js';

const PAGE = 200;
/** How many failed runs one request checks. */
const MOST_LOOKED_AT = 10_000;

/**
 * Which failed runs to run again, and how; `from` (inclusive) and `to` (exclusive) limit their nominal times (epoch
 * ms).
 */
export interface RedriveRequest {
  taskId?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
  states: readonly FailedState[];
  /** The code of the last attempt's error, such as `http-503` or `instance-lost`. */
  code?: string | undefined;
  /** A part of the reason or error message, in any case. */
  text?: string | undefined;
  limit: number;
  everyMs: number;
}

/** What a request would run again, or has stored, oldest first. */
export interface Redrive {
  /** The failed runs. */
  failed: Run[];
  /** The ids of the new runs, in the same order. */
  runIds: string[];
  /** How many other matching runs already have a new run. */
  existing: number;
  /** The nominal time from which there may be more (epoch ms); null when there are no more. */
  next: number | null;
}

/** Runs failed runs again, many at once; each once, however often it is requested. */
@Injectable()
export class RedriveService {
  constructor(
    private readonly tasks: TaskReads,
    private readonly runs: RunStore,
    private readonly reads: RunReads,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
    private readonly tracing: Tracing,
  ) {}

  /** What `start` would store. @throws InvalidInputError */
  async plan(organization: string, request: RedriveRequest): Promise<Redrive> {
    return (await this.search(organization, request)).redrive;
  }

  /** Stores the runs, spaced in time. A repeated request stores what is missing. @throws InvalidInputError */
  async start(organization: string, request: RedriveRequest): Promise<Redrive> {
    checkPace(request.everyMs);
    const { redrive, tasks } = await this.search(organization, request);
    const now = this.clock.now();
    const trace = this.tracing.current();
    const runs = redrive.failed.map((run, index) => ({
      ...againOf(run, tasks.get(run.taskId)!, now + LEAD_MS + index * request.everyMs, now),
      ...(trace && { trace }),
    }));
    const stored = await storeAlone(runs, (chunk) => this.runs.insert(chunk));
    const made = runs.filter((_, index) => stored[index] === 'new');
    await this.audit.recordAll(entriesOf(organization, request, made));
    return {
      failed: redrive.failed.filter((_, index) => stored[index] === 'new'),
      runIds: made.map(({ id }) => id),
      existing: redrive.existing + stored.filter((each) => each === 'known').length,
      next: redrive.next,
    };
  }

  /** The matching runs whose task still exists and that have no new run yet. */
  private async search(
    organization: string,
    request: RedriveRequest,
  ): Promise<{ redrive: Redrive; tasks: Map<string, Task> }> {
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, limit } = request;
    checkRange(from, to);
    checkLimit(limit);
    const tasks = new Map<string, Task>();
    const redrive: Redrive = { failed: [], runIds: [], existing: 0, next: null };
    let after: string | undefined;
    for (let looked = 0; looked < MOST_LOOKED_AT; looked += PAGE) {
      const page = await this.reads.failed(organization, request, { after, limit: PAGE });
      const fitting = await this.ofTasks(page.filter(fits(request)), tasks);
      const known = await this.knownAmong(
        organization,
        fitting.map((run) => retryRunId(run)),
      );
      for (const run of fitting) {
        const isKnown = known.has(retryRunId(run));
        if (!isKnown && redrive.failed.length === limit)
          return { redrive: { ...redrive, next: run.scheduledFor }, tasks };
        if (isKnown) redrive.existing++;
        else redrive.failed.push(run);
      }
      redrive.runIds = redrive.failed.map((run) => retryRunId(run));
      redrive.next = page.length < PAGE ? null : page.at(-1)!.scheduledFor;
      if (redrive.next === null) break;
      after = page.at(-1)!.id;
    }
    return { redrive, tasks };
  }

  private async knownAmong(organization: string, ids: string[]): Promise<Set<string>> {
    const known = ids.length > 0 ? await this.reads.byIds(organization, ids) : [];
    return new Set(known.map(({ id }) => id));
  }

  /** The runs whose task still exists; `tasks` caches the tasks. */
  private async ofTasks(runs: readonly Run[], tasks: Map<string, Task>): Promise<Run[]> {
    const unknown = [...new Set(runs.map(({ taskId }) => taskId))].filter((id) => !tasks.has(id));
    if (unknown.length > 0) for (const task of await this.tasks.byIds(unknown)) tasks.set(task.id, task);
    return runs.filter(({ taskId }) => tasks.has(taskId));
  }
}

const fits =
  ({ code, text }: RedriveRequest) =>
  ({ attempts, reason, unreadable }: Run): boolean => {
    if (unreadable !== undefined) return false;
    const error = attempts.at(-1)?.error;
    const words = `${reason ?? ''}\n${error?.message ?? ''}`.toLowerCase();
    return (code === undefined || error?.code === code) && (text === undefined || words.includes(text.toLowerCase()));
  };

function againOf(run: Run, task: Task, dueAt: number, createdAt: number): Run {
  const { scheduledFor, event, parameters } = run;
  const what = { id: retryRunId(run), trigger: 'retry', scheduledFor, dueAt, createdAt, owner: null } as const;
  const again = newRun(task, { ...what, retryOf: run.id, ...(event && { event }), ...(parameters && { parameters }) });
  return { ...again, priority: LOWEST_PRIORITY };
}

/** One entry per task. */
function entriesOf(organization: string, request: RedriveRequest, made: readonly Run[]): Change[] {
  return [...new Set(made.map(({ taskId }) => taskId))].map((taskId) => {
    const own = made.filter((run) => run.taskId === taskId);
    return {
      organization,
      action: 'runs.retried',
      object: { type: 'task', id: taskId },
      after: {
        filter: filterOf(request),
        ...{ count: own.length, firstRun: own[0]!.id, lastRun: own.at(-1)!.id },
      },
    };
  });
}

function filterOf({ taskId, from, to, states, code, text }: RedriveRequest): Json {
  return {
    states: [...states],
    ...(taskId !== undefined && { taskId }),
    ...(from !== undefined && { from: toIso(from) }),
    ...(to !== undefined && { to: toIso(to) }),
    ...(code !== undefined && { code }),
    ...(text !== undefined && { text }),
  };
}
