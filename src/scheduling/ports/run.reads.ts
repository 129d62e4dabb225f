import type { LedgerEntry } from '../../domain/ledger.js';
import type { FailedState, FormerOutcome, Run, RunError, RunState, RunTrigger } from '../../domain/run.js';
import type { QueuedRuns } from '../../domain/queue-counts.js';
import type { RunSearch } from '../../domain/run-search.js';
import type { Listing } from '../../domain/listing.js';
import type { DueRange, Page } from './task.reads.js';

/** The instants of a run that a range can mean. */
export type RunInstant = 'scheduledFor' | 'startedAt' | 'finishedAt';

/**
 * Which runs a list shows; every member narrows it. `from` (inclusive) and `to` (exclusive) limit `scheduledFor`, or the
 * instant that `by` names, epoch ms.
 */
export interface RunFilter extends RunSearch {
  taskId?: string | undefined;
  state?: RunState | undefined;
  trigger?: RunTrigger | undefined;
  from?: number | undefined;
  to?: number | undefined;
  by?: RunInstant | undefined;
  /** Whether the list begins with the oldest; it is by nominal time in any case. */
  oldestFirst?: boolean | undefined;
}

/**
 * Which failed runs are wanted; every member narrows it. `from` (inclusive) and `to` (exclusive) limit `scheduledFor`,
 * epoch ms.
 */
export interface FailedRuns {
  states: readonly FailedState[];
  taskId?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

/** A range of runs, after the run with this id. */
export interface RunRange extends DueRange {
  after?: string | undefined;
}

/** What is told of a run that an event started, or that was recorded because the event did not start it. */
export interface RunOfEvent extends Pick<Run, 'id' | 'taskId' | 'state' | 'reason'> {
  /** How many runs may follow of the event that this run raises; null where it raises none, or has no such limit. */
  descendants: number | null;
}

/** What a list of outcomes tells of a run; whatever else the run carries is not read. Instants are epoch ms. */
export type RunOutline = Pick<
  Run,
  'id' | 'taskId' | 'trigger' | 'scheduledFor' | 'state' | 'startedAt' | 'finishedAt' | 'latenessMs'
>;

/** What is told of a run that failed or timed out; whatever else it carries is not read. Instants are epoch ms. */
export interface RunFailure extends Pick<Run, 'id' | 'taskId' | 'scheduledFor' | 'finishedAt' | 'state' | 'reason'> {
  /** The error of its last attempt; null where there is none. */
  error: RunError | null;
}

/** A backfilled instant (epoch ms), and its outcome before the backfill. */
export interface MadeUp {
  scheduledFor: number;
  insteadOf: FormerOutcome;
}

/** A range of instants (epoch ms), and how many instants may be examined. */
export interface MadeUpRange {
  from: number;
  to: number;
  limit: number;
}

/** A range of a ledger, after an entry that begins and ends at these instants. */
export interface LedgerRange extends DueRange {
  after?: Pick<LedgerEntry, 'from' | 'to'> | undefined;
}

/**
 * Reads the runs and the ledger for people: lists, explanations, searches. These reads never wait in the engine's
 * queues, nor the engine in theirs. A read that begins after a write was acknowledged shows it.
 */
export abstract class RunReads {
  abstract get(organization: string, id: string): Promise<Run | null>;

  /**
   * The organization's runs by id descending, which is newest first: run ids begin with their nominal time; or ascending,
   * as the filter says. With filters a call examines a bounded number of runs, and the list continues where it stopped.
   */
  abstract list(organization: string, filter: RunFilter, page: Page): Promise<Listing<Run>>;

  /** A task's ledger entries that touch the range and come after `after`, by first and then by last instant. */
  abstract ledger(organization: string, taskId: string, range: LedgerRange): Promise<LedgerEntry[]>;

  /** A task's ledger entries that begin before the instant `before`, latest beginning first. */
  abstract ledgerBefore(organization: string, taskId: string, before: number, limit: number): Promise<LedgerEntry[]>;

  /** A task's runs that are scheduled in the range and come after the id `after`, oldest first. */
  abstract ofTask(organization: string, taskId: string, range: RunRange): Promise<Run[]>;

  /**
   * The last runs of each of these tasks that are scheduled in the range: at most `limit` of each task, by task in any
   * order, and the runs of a task newest first.
   */
  abstract outlines(organization: string, taskIds: readonly string[], range: DueRange): Promise<RunOutline[]>;

  /** The organization's runs with these ids, as far as they exist, in any order. */
  abstract byIds(organization: string, ids: readonly string[]): Promise<Run[]>;

  /** The states of the organization's runs with these ids, as far as they exist; whatever a run carries is not read. */
  abstract statesOf(organization: string, ids: readonly string[]): Promise<Map<string, RunState>>;

  /**
   * The organization's runs that some event started which was received at this instant (epoch ms), by id, after the id of
   * the page; whatever else they carry is not read.
   */
  abstract ofEvents(organization: string, receivedAt: number, page: Page): Promise<RunOfEvent[]>;

  /** The organization's runs that failed or timed out, oldest first, after the id of the page. */
  abstract failed(organization: string, filter: FailedRuns, page: Page): Promise<Run[]>;

  /** The organization's runs that failed or timed out, newest first; like `list`, a bounded read. */
  abstract failures(
    organization: string,
    filter: Pick<RunFilter, 'taskId' | 'from' | 'to'>,
    page: Page,
  ): Promise<Listing<RunFailure>>;

  /**
   * The backfilled instants of a task that had another outcome before, from `from` to `to` (both inclusive), in any
   * order. Null if more than `limit` were backfilled.
   */
  abstract madeUp(organization: string, taskId: string, range: MadeUpRange): Promise<MadeUp[] | null>;

  /** When the last of the task's unfinished runs of backfilled instants is due (epoch ms); null when there is none. */
  abstract lastBackfillDue(organization: string, taskId: string): Promise<number | null>;

  /** Unfinished runs of these tasks; if there are more than `limit`, some of them. */
  abstract unfinishedOf(taskIds: readonly string[], limit: number): Promise<Run[]>;

  /**
   * Runs of all organizations, or of all `except` these, that wait for an attempt and are due before `before`, whoever
   * holds them, by `dueAt`.
   */
  abstract waiting(before: number, limit: number, except?: readonly string[]): Promise<Run[]>;

  /**
   * The unfinished runs of the organization that run, or that are due at `now` (epoch ms) and wait, by their queues; about
   * `limit` of them at most.
   */
  abstract queues(organization: string, now: number, limit: number): Promise<QueuedRuns[]>;

  /** Those of these tasks that have an unfinished run of one of their occurrences. */
  abstract underWayAmong(taskIds: readonly string[]): Promise<Set<string>>;

  /** Those of these tasks that have a run which is running or between two attempts. */
  abstract busyAmong(taskIds: readonly string[]): Promise<Set<string>>;
}
