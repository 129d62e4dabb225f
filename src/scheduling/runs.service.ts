import { Injectable } from '@nestjs/common';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { Clock } from '../clock/clock.js';
import { InvalidInputError, NotFoundError, StateConflictError } from '../domain/errors.js';
import type { Json } from '../domain/json.js';
import { jsonSize } from '../domain/json-size.js';
import { isFinished, type Run } from '../domain/run.js';
import { ExecutionLogManager } from '../execution-log/execution-log-manager.js';
import type { LogEntry } from '../execution-log/log.store.js';
import { silentLog } from '../execution-log/silent-log.js';
import { CallbackTokens } from '../secrets/callback-tokens.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import type { AttemptEnd } from './attempt-end.js';
import { AttemptOutcome } from './attempt-outcome.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import { RunIntake } from './run-intake.js';
import { requestOf } from './run-requests.js';
import type { Listing } from './listing.js';
import { RunReads, type RunFilter } from './run.reads.js';
import { RunStore } from './run.store.js';
import type { Page } from './task.reads.js';
import { TaskStore } from './task.store.js';

/** How long a cancellation waits for another instance to carry it out, and how often it looks. */
const CANCEL_PATIENCE_MS = 5000;
const LOOK_EVERY_MS = 50;
/** How often a followed log is looked at when nothing is heard of it: another instance may be writing it. */
const FOLLOW_EVERY_MS = 500;
const FOLLOW_PAGE = 500;
/** Why a run is in its state that somebody cancelled. */
const CANCELLED = 'cancelled on request';

/** The answer of a receiver that was asked to call back. */
export interface Completion {
  token: string;
  outcome: 'succeeded' | 'failed';
  output?: Json;
  error?: string;
}

/** Shows, cancels, completes and re-drives runs, within one organization at a time. */
@Injectable()
export class RunsService {
  constructor(
    private readonly store: RunStore,
    private readonly reads: RunReads,
    private readonly tasks: TaskStore,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly outcome: AttemptOutcome,
    private readonly intake: RunIntake,
    private readonly tokens: CallbackTokens,
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

  list(organization: string, filter: RunFilter, page: Page): Promise<Listing<Run>> {
    return this.reads.list(organization, filter, page);
  }

  /** Ends an unfinished run on whichever instance it is. @throws NotFoundError, StateConflictError when it has finished. */
  async cancel(organization: string, id: string): Promise<Run> {
    const run = await this.get(organization, id);
    if (isFinished(run.state)) throw new StateConflictError(`The run has already ${wordFor(run)}.`);
    const cancelled = (await this.orchestrator.cancel(id, CANCELLED)) || (await this.cancelUnowned(run));
    if (!cancelled) await this.cancelElsewhere(run);
    return this.recorded('run.cancelled', await this.get(organization, id));
  }

  /** Starts a finished run again as a new one. @throws NotFoundError, StateConflictError */
  async retry(organization: string, id: string): Promise<Run> {
    const run = await this.get(organization, id);
    if (!isFinished(run.state)) throw new StateConflictError('The run has not finished yet.');
    const lookedAt = this.clock.monotonic();
    const task = await this.tasks.get(organization, run.taskId);
    if (!task) throw new StateConflictError('The task of the run was deleted.');
    return this.recorded('run.retried', await this.intake.again({ task, lookedAt }, run));
  }

  /** Ends an attempt that waits for its call-back. @throws NotFoundError, InvalidInputError, StateConflictError */
  async complete(organization: string, id: string, completion: Completion): Promise<Run> {
    demandShort(completion.output);
    const run = await this.get(organization, id);
    if (!this.tokens.verify(completion.token, run.id, run.attempt)) {
      throw new InvalidInputError([{ pointer: '/token', detail: 'is not the token of the current attempt' }]);
    }
    if (run.state !== 'running') throw new StateConflictError('The run does not wait for a call-back.');
    await this.applyCompletion(run, endOf(completion));
    return this.recorded('run.completed', await this.get(organization, id));
  }

  /** A run's log entries after a sequence, ascending. @throws NotFoundError */
  async log(organization: string, id: string, after: number, limit: number): Promise<LogEntry[]> {
    return this.entriesOf(await this.get(organization, id), after, limit);
  }

  /** A run's log entries after a sequence as they come, until the run has finished or the signal fires. @throws NotFoundError */
  async *follow(organization: string, id: string, after: number, signal: AbortSignal): AsyncIterable<LogEntry> {
    let last = after;
    while (!signal.aborted) {
      const news = this.newsOf(id, signal);
      const run = await this.get(organization, id);
      const entries = await this.entriesOf(run, last, FOLLOW_PAGE);
      for (const entry of entries) yield entry;
      last = entries.at(-1)?.sequence ?? last;
      if (entries.length === FOLLOW_PAGE) continue;
      if (isFinished(run.state)) return;
      await news;
    }
  }

  private async entriesOf(run: Run, after: number, limit: number): Promise<LogEntry[]> {
    const stored = await this.logs.list(run.organization, run.id, after, limit);
    if (stored.length > 0) return stored;
    const entries = silentLog(run).filter(({ sequence }) => sequence > after);
    return entries.slice(0, limit);
  }

  private async recorded(action: string, run: Run): Promise<Run> {
    await this.audit.record(requestOf(action, run));
    return run;
  }

  private async cancelUnowned(run: Run): Promise<boolean> {
    if (run.owner !== null) return false;
    const progress = this.outcome.closed(run, 'cancel', CANCELLED, this.clock.now());
    const expected = { owner: run.owner, attempt: run.attempt };
    const accepted = await this.store.update([{ id: run.id, expected, progress }]);
    if (!accepted.has(run.id)) return false;
    const task = await this.tasks.get(run.organization, run.taskId);
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

  private async applyCompletion(run: Run, end: AttemptEnd): Promise<void> {
    if (this.orchestrator.completeCallback(run.id, run.attempt, end)) {
      await this.orchestrator.ended(run.id);
      return;
    }
    const task = await this.tasks.get(run.organization, run.taskId);
    if (!task) throw new StateConflictError('The task of the run was deleted.');
    const now = this.clock.now();
    const progress = this.outcome.after(run, task, end, run.startedAt ?? now, now);
    const handedOn = isFinished(progress.state) ? progress : { ...progress, owner: null };
    const accepted = await this.store.update([
      { id: run.id, expected: { owner: run.owner, attempt: run.attempt }, progress: handedOn },
    ]);
    if (!accepted.has(run.id)) throw new StateConflictError('The run does not wait for this call-back any more.');
    if (isFinished(progress.state)) this.events.emit('run.finished', { run: { ...run, ...progress }, task });
  }

  /** Resolves when there may be something new to read, or the signal fires. */
  private newsOf(runId: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        timer.cancel();
        offLog();
        offEnd();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.clock.after(FOLLOW_EVERY_MS, done);
      const offLog = this.events.on('log.appended', ({ chunk }) => chunk.runId === runId && done());
      const offEnd = this.events.on('run.finished', ({ run }) => run.id === runId && done());
      signal.addEventListener('abort', done);
    });
  }
}

const wordFor = (run: Run): string =>
  run.state === 'timed_out' ? 'timed out' : run.state === 'cancelled' ? 'been cancelled' : run.state;

const endOf = ({ outcome, output, error }: Completion): AttemptEnd =>
  outcome === 'succeeded'
    ? { kind: 'succeeded', output: output ?? null }
    : {
        kind: 'failed',
        failure: { error: { code: 'callback', message: error ?? 'The receiver reported a failure.' } },
      };

/** As of what handlers and called hosts answer. */
const LONGEST_OUTPUT_BYTES = 65_536;

function demandShort(output: Json | undefined): void {
  if (output === undefined || jsonSize(output) <= LONGEST_OUTPUT_BYTES) return;
  const detail = `must take at most ${LONGEST_OUTPUT_BYTES} bytes as JSON`;
  throw new InvalidInputError([{ pointer: '/output', detail }]);
}
