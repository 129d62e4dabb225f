import type { LedgerEntry } from '../domain/ledger.js';
import type { FailedState, FormerOutcome, Run, RunState, RunTrigger } from '../domain/run.js';
import type { Listing } from './listing.js';
import type { DueRange, Page } from './task.reads.js';

/** Which runs a list shows; every member narrows it. `from` inclusive, `to` exclusive, of `scheduledFor` in epoch ms. */
export interface RunFilter {
  taskId?: string | undefined;
  state?: RunState | undefined;
  trigger?: RunTrigger | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

/** Which failed runs are wanted; every member narrows it. `from` inclusive, `to` exclusive, of `scheduledFor` in epoch ms. */
export interface FailedRuns {
  states: readonly FailedState[];
  taskId?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

/** A range of runs, after the one of this id. */
export interface RunRange extends DueRange {
  after?: string | undefined;
}

/** A backfilled instant (epoch ms), and what had become of it before. */
export interface MadeUp {
  scheduledFor: number;
  insteadOf: FormerOutcome;
}

/** A range of a ledger, after an entry that begins and ends at these instants. */
export interface LedgerRange extends DueRange {
  after?: Pick<LedgerEntry, 'from' | 'to'> | undefined;
}

/**
 * Reads the runs and the ledger for people: lists, explanations, searches. What is asked here waits in no line of the
 * engine's, and the engine in none of its readers'. A read that begins after a write was acknowledged shows it.
 */
export abstract class RunReads {
  abstract get(organization: string, id: string): Promise<Run | null>;

  /**
   * The organization's runs by id descending, which is newest first: run ids begin with their nominal time. With filters
   * a bounded number of runs is looked at, and the list goes on where the look has ended.
   */
  abstract list(organization: string, filter: RunFilter, page: Page): Promise<Listing<Run>>;

  /** A task's ledger entries that touch the range and come after `after`, by their first instant and then their last. */
  abstract ledger(organization: string, taskId: string, range: LedgerRange): Promise<LedgerEntry[]>;

  /** A task's ledger entries that begin before the instant `before`, the latest beginning first. */
  abstract ledgerBefore(organization: string, taskId: string, before: number, limit: number): Promise<LedgerEntry[]>;

  /** A task's runs that are scheduled for the range and come after the id `after`, oldest first. */
  abstract ofTask(organization: string, taskId: string, range: RunRange): Promise<Run[]>;

  /** The organization's runs with these ids, in any order, those that exist. */
  abstract byIds(organization: string, ids: readonly string[]): Promise<Run[]>;

  /** The organization's runs that failed or timed out, oldest first, those after an id. */
  abstract failed(organization: string, filter: FailedRuns, page: Page): Promise<Run[]>;

  /** The backfilled instants of a task in a range that had had another outcome before; `from` and `to` inclusive. */
  abstract madeUp(organization: string, taskId: string, from: number, to: number): Promise<MadeUp[]>;

  /** The unfinished runs of these tasks; with `exceptOwner`, those that others than it hold. */
  abstract unfinishedOf(taskIds: readonly string[], exceptOwner?: string): Promise<Run[]>;

  /** Runs of all organizations that wait for an attempt, whoever holds them, and are due before `before`, by `dueAt`. */
  abstract waiting(before: number, limit: number): Promise<Run[]>;

  /** Those of these tasks that have a run which is running, or between two attempts. */
  abstract busyAmong(taskIds: readonly string[]): Promise<Set<string>>;
}
