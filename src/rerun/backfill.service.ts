import { Injectable } from '@nestjs/common';
import { AuditRecorder } from '../audit/audit-recorder.js';
import { Clock } from '../clock/clock.js';
import { occurrenceRunId } from '../domain/ids.js';
import { toIso } from '../domain/instants.js';
import type { FormerOutcome, Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { TaskTimes } from '../ledger/task-times.js';
import { newRun } from '../scheduling/planning/new-run.js';
import { RunReads } from '../scheduling/ports/run.reads.js';
import { RunStore } from '../scheduling/ports/run.store.js';
import { TasksService } from '../scheduling/tasks/tasks.service.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';
import { hadTheirTurnBefore, occurrencesBetween } from './passed-occurrences.js';
import { checkPace, checkRange, LEAD_MS, LOWEST_PRIORITY, MOST_RERUNS, refuseTo } from './pace.js';
import { storeAlone } from './store-alone.js';
import { Tracing } from '../tracing/tracing.js';

/**
 * Which of a task's occurrences to run (`from` inclusive, `to` exclusive, epoch ms), and the time between their starts.
 */
export interface BackfillRequest {
  from: number;
  to: number;
  everyMs: number;
}

/** What a backfill would run, or has stored to run, oldest first. */
export interface Backfill {
  /** The nominal times (epoch ms). */
  occurrences: number[];
  runIds: string[];
  /** How many occurrences of the range have a run already, which stays unchanged. */
  existing: number;
}

/** An occurrence to run, and its former outcome. */
interface Gap {
  at: number;
  insteadOf: FormerOutcome | undefined;
}

/** Runs past occurrences that had no run, by the present definition; each runs once, however often it is requested. */
@Injectable()
export class BackfillService {
  constructor(
    private readonly tasks: TasksService,
    private readonly runs: RunStore,
    private readonly reads: RunReads,
    private readonly times: TaskTimes,
    private readonly ledger: LedgerService,
    private readonly resolver: TriggerResolver,
    private readonly audit: AuditRecorder,
    private readonly clock: Clock,
    private readonly tracing: Tracing,
  ) {}

  /** What `start` would store. @throws NotFoundError, InvalidInputError, UnknownTriggerTypeError */
  async plan(organization: string, taskId: string, request: BackfillRequest): Promise<Backfill> {
    const task = await this.tasks.get(organization, taskId);
    const { gaps, existing } = await this.search(task, request);
    return summaryOf(task, gaps, existing);
  }

  /** Stores the runs, spaced in time. A repeated request stores what is missing. @throws as `plan` */
  async start(organization: string, taskId: string, request: BackfillRequest): Promise<Backfill> {
    checkPace(request.everyMs);
    const task = await this.tasks.get(organization, taskId);
    const { gaps, existing } = await this.search(task, request);
    const begin = await this.firstDueAt(task, request.everyMs);
    const now = this.clock.now();
    const runs = gaps.map((gap, index) => this.runOf(task, gap, begin + index * request.everyMs, now));
    const stored = await storeAlone(runs, (chunk) => this.runs.makeUp(chunk));
    const made = gaps.filter((_, index) => stored[index] === 'new');
    const known = stored.filter((each) => each === 'known').length;
    const backfill = summaryOf(task, made, existing + known);
    await this.record(task, request, backfill);
    return backfill;
  }

  /** The occurrences of the range without a run, or with one that ended without an attempt. */
  private async search(task: Task, { from, to }: BackfillRequest): Promise<{ gaps: Gap[]; existing: number }> {
    checkRange(from, to);
    this.resolver.demandTypes(task);
    // What was skipped, and is asked for now, runs.
    const timetable = (await this.times.of(task))!.timetableOf({ ...task, skips: [], since: Number.NEGATIVE_INFINITY });
    const before = Math.min(to, hadTheirTurnBefore(task, this.clock.now()));
    const instants = occurrencesBetween(timetable, from, before, MOST_RERUNS);
    if (instants.length > MOST_RERUNS) {
      throw refuseTo(
        `must be earlier: a backfill takes ${MOST_RERUNS} occurrences at the most, and the range has more`,
      );
    }
    const known = await this.runsOf(task, instants);
    const runOf = (at: number) => known.get(occurrenceRunId(task.id, at));
    const former = await this.ledger.formerOutcomes(
      task,
      instants.filter((at) => !runOf(at)),
    );
    const gaps = instants.flatMap((at) => gapAt(at, runOf(at), former) ?? []);
    return { gaps, existing: instants.length - gaps.length };
  }

  private async runsOf({ organization, id }: Task, instants: readonly number[]): Promise<Map<string, Run>> {
    const ids = instants.map((at) => occurrenceRunId(id, at));
    return new Map((await this.reads.byIds(organization, ids)).map((run) => [run.id, run]));
  }

  /** Soon, or after the pending runs of earlier backfills of the task, so that two backfills are no faster than one. */
  private async firstDueAt({ organization, id }: Task, everyMs: number): Promise<number> {
    const last = await this.reads.lastBackfillDue(organization, id);
    return Math.max(this.clock.now() + LEAD_MS, last === null ? 0 : last + everyMs);
  }

  private runOf(task: Task, { at, insteadOf }: Gap, dueAt: number, createdAt: number): Run {
    const id = occurrenceRunId(task.id, at);
    const trace = this.tracing.current();
    const run = newRun(task, { id, trigger: 'backfill', scheduledFor: at, dueAt, createdAt, owner: null, trace });
    return { ...run, priority: LOWEST_PRIORITY, ...(insteadOf && { insteadOf }) };
  }

  private record({ organization, id }: Task, { from, to, everyMs }: BackfillRequest, made: Backfill): Promise<void> {
    const [first = null] = made.runIds;
    return this.audit.record({
      organization,
      action: 'task.backfilled',
      object: { type: 'task', id },
      after: {
        ...{ from: toIso(from), to: toIso(to), everyMs },
        ...{ count: made.runIds.length, existing: made.existing },
        ...{ firstRun: first, lastRun: made.runIds.at(-1) ?? null },
      },
    });
  }
}

/** The gap at an instant; null when its occurrence has run, is running, will run, or was cancelled. */
function gapAt(at: number, run: Run | undefined, former: ReadonlyMap<number, FormerOutcome>): Gap | null {
  if (!run) return { at, insteadOf: former.get(at) };
  const { state, reason, attempts } = run;
  if ((state !== 'skipped' && state !== 'missed') || attempts.length > 0) return null;
  return { at, insteadOf: { outcome: state, reason } };
}

const summaryOf = ({ id }: Task, gaps: readonly Gap[], existing: number): Backfill => ({
  occurrences: gaps.map(({ at }) => at),
  runIds: gaps.map(({ at }) => occurrenceRunId(id, at)),
  existing,
});
