import type { LedgerEntry } from '../domain/ledger.js';
import type { Run, RunProgress } from '../domain/run.js';
import type { Occurrence, TaskState } from '../domain/task.js';
import { RunReads } from './run.reads.js';
import type { Turns } from './task.reads.js';

export type { FailedRuns, LedgerRange, MadeUp, RunFilter, RunRange } from './run.reads.js';

/**
 * One due occurrence, claimed: the run to record (null when it does not run), what the ledger says of occurrences that
 * did not run, and where the task goes from here. Either all of it becomes true or nothing.
 */
export interface Claim {
  organization: string;
  taskId: string;
  /** The task moves on only while it has this generation … */
  generation: number;
  /** … and this next occurrence. */
  scheduledFor: number;
  /** When the last occurrence that it decides about is due, which the task remembers as the latest that was claimed. */
  dueAt: number;
  /** With a run, the task counts one more. */
  run: Run | null;
  ledger: readonly LedgerEntry[];
  next: Occurrence | null;
  state: TaskState;
}

/**
 * `opened`: the run is this caller's, the task has moved on; also where a run of that id was left pending by an earlier
 * generation, which is void and replaced. `taken`: another run of that id exists; the task has moved on,
 * by this call or before it. `stale`: the task has another generation or next occurrence, or is gone; nothing of
 * the claim is stored.
 */
export type ClaimResult = 'opened' | 'taken' | 'stale';

/** A change of a run, accepted only while the run is unfinished and still has this owner and attempt (the fencing token). */
export interface RunChange {
  id: string;
  expected: { owner: string | null; attempt: number };
  progress: RunProgress;
}

/** Whose an opened run is, and under which definition of its task: it may be opened anew under another. */
export type OpenedRun = Pick<Run, 'id' | 'owner' | 'attempt' | 'generation'>;

/**
 * Keeps the runs and the ledger. Everything on the hot path takes a batch and is durable when its promise resolves.
 * Everything that a tenant can reach takes the organization first.
 */
export abstract class RunStore extends RunReads {
  /** Records each claim's run and ledger and moves its task on; results in the order of the claims. */
  abstract open(claims: readonly Claim[]): Promise<ClaimResult[]>;

  /** Stores runs that no occurrence stands behind (manual, event, retry); resolves to the ids that were there already. */
  abstract insert(runs: readonly Run[]): Promise<Set<string>>;

  /**
   * Stores runs of backfilled instants. A run of the same id that was skipped or missed without an attempt makes room for
   * it; any other stays. Resolves to the ids of those that stay.
   */
  abstract makeUp(runs: readonly Run[]): Promise<Set<string>>;

  /** Applies each change whose token still holds; resolves to the ids of those that were applied. */
  abstract update(changes: readonly RunChange[]): Promise<Set<string>>;

  /** Deletes opened runs that never started, while they are as given; resolves to the ids deleted. */
  abstract withdraw(runs: readonly OpenedRun[]): Promise<Set<string>>;

  /** Marks an unfinished run so that its owner ends it; tells whether there was such a run. */
  abstract requestCancel(organization: string, id: string): Promise<boolean>;

  /** Engine: runs that this owner holds and that were asked to be cancelled. */
  abstract cancelRequests(owner: string): Promise<string[]>;

  /**
   * Engine: of the task's last 2,000 runs or more those of this generation that succeeded, failed or timed out, by id
   * descending, which is by nominal time, latest first.
   */
  abstract lastEnded(organization: string, taskId: string, generation: number, limit: number): Promise<Run[]>;

  /** Engine: every owner that holds an unfinished run, each once. */
  abstract owners(): Promise<string[]>;

  /** Engine: unfinished runs that one of these owners holds, by `dueAt`; with `turns` organization after organization. */
  abstract heldBy(owners: readonly string[], limit: number, turns?: Turns): Promise<Run[]>;

  /** Engine: unfinished runs that nobody holds and that are due before `before`, by `dueAt`; with `turns` as `heldBy`. */
  abstract unowned(before: number, limit: number, turns?: Turns): Promise<Run[]>;

  /** Housekeeping: deletes up to `limit` runs that finished before `before`, with their logs; resolves to their number. */
  abstract purge(before: number, limit: number): Promise<number>;

  /** Housekeeping: deletes up to `limit` ledger entries that end before `before`; resolves to their number. */
  abstract purgeLedger(before: number, limit: number): Promise<number>;
}
