import { Injectable } from '@nestjs/common';
import { AuditRecorder } from '../../audit/audit-recorder.js';
import { Clock } from '../../clock/clock.js';
import { NotFoundError, StateConflictError } from '../../domain/errors.js';
import { retryRunId, timeOfId } from '../../domain/ids.js';
import { mergedById, type Listing } from '../../domain/listing.js';
import { isFinished, type Run, type RunState } from '../../domain/run.js';
import { ExecutionLogManager } from '../../execution-log/execution-log-manager.js';
import { sequencesOf } from '../../execution-log/attempt-entries.js';
import { isOfAll, matcherOf, type LogFilter } from '../../execution-log/log-filter.js';
import { BackwardSearch, LogSearch } from '../../execution-log/log-search.js';
import type { LogEntry } from '../../execution-log/log.store.js';
import { silentLog } from '../../execution-log/silent-log.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { ExecutionOrchestrator } from '../execution/execution-orchestrator.js';
import { ToldRuns } from '../holding/told-runs.js';
import { ProgressPlanner } from '../planning/progress-planner.js';
import { RunReads, type RunFilter } from '../ports/run.reads.js';
import { changeOf, RunStore } from '../ports/run.store.js';
import type { Page } from '../ports/task.reads.js';
import { TaskStore } from '../ports/task.store.js';
import { CallBacks } from './call-backs.js';
import { wordFor, type Completion, type SignOfLife } from './completion.js';
import { lastRetryOf } from './retries.js';
import { RunIntake } from './run-intake.js';
import { requestOf } from './run-requests.js';

/** How long a cancellation waits for another instance to carry it out, and how often it checks (ms). */
const CANCEL_PATIENCE_MS = 5000;
const LOOK_EVERY_MS = 50;
/** Requests for the same retry within this time count as made at once (ms). */
const AT_ONCE_MS = 1000;
/** How often a followed log is read when there is no news of it (ms): another instance may be writing it. */
const FOLLOW_EVERY_MS = 500;
const FOLLOW_PAGE = 500;
/** How many retries of a run are shown. */
const MOST_RETRIES = 8;
/** The reason of a run that somebody cancelled. */
const CANCELLED = 'cancelled on request';

export type { Completion, SignOfLife };

/** Shows, cancels, completes and retries runs, within one organization at a time. */
@Injectable()
export class RunsService {
  constructor(
    private readonly store: RunStore,
    private readonly reads: RunReads,
    private readonly tasks: TaskStore,
    private readonly told: ToldRuns,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly planner: ProgressPlanner,
    private readonly intake: RunIntake,
    private readonly callBacks: CallBacks,
    private readonly logs: ExecutionLogManager,
    private readonly events: LifecycleEvents,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
  ) {}

  /** @throws NotFoundError */
  async get(organization: string, id: string): Promise<Run> {
    const run = await this.reads.get(organization, id);
    if (!run) throw new NotFoundError('run', id);
    return run;
  }

  /** With `states`, runs that are in any of these. */
  async list(
    organization: string,
    { states, ...filter }: RunFilter & { states?: readonly RunState[] | undefined },
    page: Page,
  ): Promise<Listing<Run>> {
    if (states === undefined) return this.reads.list(organization, filter, page);
    const each = [...new Set(states)].map((state) => this.reads.list(organization, { ...filter, state }, page));
    return mergedById(await Promise.all(each), page.limit);
  }

  /** The ids of the runs that drive a run again, the first of them first; eight at most. */
  async retriesOf(run: Run): Promise<string[]> {
    if (!isFinished(run.state)) return [];
    const ids = Array.from({ length: MOST_RETRIES }, (_, index) => retryRunId(run, index + 1));
    const known = await this.reads.statesOf(run.organization, ids);
    return ids.filter((id) => known.has(id));
  }

  /**
   * Ends an unfinished run, on whichever instance it is. @throws NotFoundError, StateConflictError when it has
   * finished. The audit trail keeps the reason.
   */
  async cancel(organization: string, id: string, reason?: string): Promise<Run> {
    const run = await this.get(organization, id);
    if (isFinished(run.state)) throw new StateConflictError(`The run has already ${wordFor(run)}.`);
    const cancelled = (await this.orchestrator.cancel(id, CANCELLED)) || (await this.cancelUnowned(run));
    if (!cancelled) await this.cancelElsewhere(run);
    return this.recorded('run.cancelled', await this.get(organization, id), reason);
  }

  /**
   * Starts a finished run again as a new one. As long as the new run has not finished, or was created only a moment
   * ago, further requests get that run: of many simultaneous requests, on whatever instances, only one starts a run. A
   * request that is repeated under its id finds what it started.
   * @throws NotFoundError, StateConflictError
   */
  async retry(organization: string, id: string, requestId?: string): Promise<Run> {
    const run = await this.get(organization, id);
    if (!isFinished(run.state)) throw new StateConflictError('The run has not finished yet.');
    if (run.unreadable !== undefined) throw new StateConflictError(`The run cannot be retried: ${run.unreadable}.`);
    const lookedAt = this.clock.monotonic();
    const task = await this.tasks.get(organization, run.taskId);
    if (!task) throw new StateConflictError('The task of the run was deleted.');
    const last = await lastRetryOf(run, (ids) => this.store.byIds(organization, ids));
    if (last && requestId !== undefined && last.run.createdAt >= timeOfId(requestId)) {
      // The instance that stored it may have died before it recorded it.
      await this.audit.recordOnce(requestOf('run.retried', last.run));
      return last.run;
    }
    if (last && this.isUnderWay(last.run)) return last.run;
    const nextId = retryRunId(run, (last?.nth ?? 0) + 1);
    const taken = await this.intake.again({ task, lookedAt }, run, nextId);
    return taken.isNew ? this.recorded('run.retried', taken.run) : taken.run;
  }

  /** Ends an attempt that waits for its call-back (`CallBacks.complete`). */
  complete(organization: string, id: string, completion: Completion): Promise<Run> {
    return this.callBacks.complete(organization, id, completion);
  }

  /** Takes a sign of life of an attempt that waits for its call-back (`CallBacks.heartbeat`). */
  heartbeat(organization: string, id: string, sign: SignOfLife): Promise<Run> {
    return this.callBacks.heartbeat(organization, id, sign);
  }

  /** A run's log entries after a sequence number, ascending. @throws NotFoundError */
  async log(organization: string, id: string, after: number, limit: number): Promise<LogEntry[]> {
    return this.entriesOf(await this.get(organization, id), after, limit);
  }

  /** A search for the entries of a run's log that match a filter. @throws NotFoundError */
  async searchLog(organization: string, id: string, filter: LogFilter): Promise<LogSearch> {
    const run = await this.get(organization, id);
    const { first, end } = sequencesOf(filter);
    const read = async (after: number, limit: number): Promise<LogEntry[]> => {
      const entries = await this.entriesOf(run, Math.max(after, first - 1), limit);
      return end === undefined ? entries : entries.filter(({ sequence }) => sequence < end);
    };
    return new LogSearch(read, matcherOf(filter), this.clock);
  }

  /** A search for the last entries of a run's log that match a filter. @throws NotFoundError */
  async searchLogBackwards(organization: string, id: string, filter: LogFilter): Promise<BackwardSearch> {
    const run = await this.get(organization, id);
    const { first, end = Number.MAX_SAFE_INTEGER } = sequencesOf(filter);
    const read = (after: number, limit: number) => this.entriesOf(run, after, limit);
    const lastBelow = (below: number) => this.lastEntryBelow(run, Math.min(below, end));
    const matches = isOfAll(filter) ? null : matcherOf(filter);
    return new BackwardSearch({ read, lastBelow, first }, matches, this.clock);
  }

  /**
   * A run's log entries after a sequence number that match a filter, as they arrive, until the run has finished or the
   * signal fires. @throws NotFoundError
   */
  async *follow(
    organization: string,
    id: string,
    after: number,
    signal: AbortSignal,
    filter: LogFilter = {},
  ): AsyncIterable<LogEntry> {
    const matches = matcherOf(filter);
    let last = after;
    while (!signal.aborted) {
      const news = this.newsOf(id, signal);
      const run = await this.get(organization, id);
      const entries = await this.entriesOf(run, last, FOLLOW_PAGE);
      for (const entry of entries) if (matches(entry)) yield entry;
      last = entries.at(-1)?.sequence ?? last;
      const isMore = entries.length === FOLLOW_PAGE;
      if (isMore || isFinished(run.state)) news.ignore();
      if (!isMore && isFinished(run.state)) return;
      await news.arrived;
    }
  }

  private async entriesOf(run: Run, after: number, limit: number): Promise<LogEntry[]> {
    const stored = await this.logs.list(run.organization, run.id, after, limit);
    if (stored.length > 0) return stored;
    const entries = silentLog(run).filter(({ sequence }) => sequence > after);
    return entries.slice(0, limit);
  }

  private async lastEntryBelow(run: Run, below: number): Promise<number | null> {
    const stored = await this.logs.lastBelow(run.organization, run.id, below);
    if (stored !== null) return Math.min(stored, below - 1);
    return silentLog(run).findLast(({ sequence }) => sequence < below)?.sequence ?? null;
  }

  private async recorded(action: string, run: Run, reason?: string): Promise<Run> {
    await this.audit.record(requestOf(action, run, reason));
    return run;
  }

  /** Whether a request for a retry that arrives now means this run. */
  private isUnderWay({ state, createdAt }: Run): boolean {
    return !isFinished(state) || this.clock.now() - createdAt < AT_ONCE_MS;
  }

  private async cancelUnowned(run: Run): Promise<boolean> {
    if (run.owner !== null) return false;
    const progress = this.planner.closed(run, 'cancel', CANCELLED, this.clock.now());
    const task = (await this.tasks.get(run.organization, run.taskId)) ?? undefined;
    if (!(await this.told.updateOne(run, task, changeOf(run, progress)))) return false;
    if (task) this.events.emit('run.finished', { run: { ...run, ...progress }, task });
    return true;
  }

  private async cancelElsewhere({ organization, id }: Run): Promise<void> {
    const until = this.clock.now() + CANCEL_PATIENCE_MS;
    await this.store.requestCancel(organization, id);
    while (this.clock.now() < until && !isFinished((await this.get(organization, id)).state)) {
      await this.clock.sleep(LOOK_EVERY_MS);
    }
  }

  /** Listens from now on: `arrived` resolves when there may be something new to read, or the signal fires. */
  private newsOf(runId: string, signal: AbortSignal): { arrived: Promise<void>; ignore: () => void } {
    let ignore = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      ignore = () => {
        timer.cancel();
        offLog();
        offEnd();
        signal.removeEventListener('abort', ignore);
        resolve();
      };
      const timer = this.clock.after(FOLLOW_EVERY_MS, ignore);
      const offLog = this.events.on('log.appended', ({ chunk }) => chunk.runId === runId && ignore());
      const offEnd = this.events.on('run.finished', ({ run }) => run.id === runId && ignore());
      signal.addEventListener('abort', ignore);
    });
    return { arrived, ignore };
  }
}
