import type { Claim, ClaimResult } from '../../domain/claim.js';
import type { StoredNeed } from '../../domain/need.js';
import type { Portion } from '../../domain/part.js';
import type { Heartbeat, Run } from '../../domain/run.js';
import type { Telling } from '../../domain/telling.js';
import type { RunChange } from './run-change.js';
import { RunReads } from './run.reads.js';
import type { Turns } from './task.reads.js';

export { beforeBegin, changeOf, isAccepted, type RunChange } from './run-change.js';
export type {
  FailedRuns,
  LedgerRange,
  MadeUp,
  MadeUpRange,
  RunFailure,
  RunFilter,
  RunOfEvent,
  RunOutline,
  RunRange,
} from './run.reads.js';

/** Which runs an instance looks for, by their need. */
export type Reach = Pick<Portion, 'parts' | 'without'>;

/** Who holds an opened run, and under which definition of its task; it may be opened again under another. */
export type OpenedRun = Pick<Run, 'id' | 'owner' | 'attempt' | 'generation'>;

/** Which of very many runs count: those due by `dueBy` or after `since` (epoch ms), up to `limit` of each kind. */
export interface Beside {
  dueBy: number;
  since: number;
  limit: number;
}

/** Which old runs go: those of an organization, or of all, that failed or timed out, or all others. */
export interface OldRuns {
  organization?: string | undefined;
  failed: boolean;
  /** Runs that finished before this instant (epoch ms). */
  before: number;
  /** Only runs after this id are looked at. */
  after: string;
}

/** What came of a look at old runs of a kind. */
export interface PurgedKind {
  removed: number;
  /** How many were looked at, and the id of the last of them. */
  looked: number;
  last: string;
}

/**
 * Keeps the runs and the ledger. Everything on the hot path takes a batch and is durable when its promise resolves.
 * Everything that a tenant can reach takes the organization first.
 *
 * Reads of several runs, except `byIds` and `failed`, may leave out what a run carries (parameters, data of events) where
 * that is large, and then tell its size as `payloadInStore`: thousands of such runs may wait.
 */
export abstract class RunStore extends RunReads {
  /**
   * Records each claim's run and ledger and moves its task on, and stores what is told of the ledgers; results in the order
   * of the claims. The subjects of what is told are the tasks.
   */
  abstract open(claims: readonly Claim[], tellings?: readonly Telling[]): Promise<ClaimResult[]>;

  /**
   * Stores runs without an occurrence (manual, event, retry), and what is told of them; resolves to the ids that existed
   * already.
   */
  abstract insert(runs: readonly Run[], tellings?: readonly Telling[]): Promise<Set<string>>;

  /**
   * Stores runs of backfilled instants. Each replaces a run of the same id that was skipped or missed without an
   * attempt; any other run stays. Resolves to the ids of those that stay.
   */
  abstract makeUp(runs: readonly Run[]): Promise<Set<string>>;

  /**
   * Applies each change that is accepted (`RunChange`), and stores what is told of it; resolves to the ids of those that were
   * applied.
   */
  abstract update(changes: readonly RunChange[], tellings?: readonly Telling[]): Promise<Set<string>>;

  /** Deletes opened runs that never started and are still as given; resolves to the ids deleted. */
  abstract withdraw(runs: readonly OpenedRun[]): Promise<Set<string>>;

  /** Marks an unfinished run so that its owner ends it; resolves to whether there was such a run. */
  abstract requestCancel(organization: string, id: string): Promise<boolean>;

  /** Keeps the last heartbeat of an unfinished run while that attempt is its current one; resolves to whether it is. */
  abstract heartbeat(organization: string, id: string, heartbeat: Heartbeat): Promise<boolean>;

  /** Engine: runs that this owner holds and that somebody asked to cancel. */
  abstract cancelRequests(owner: string): Promise<string[]>;

  /**
   * Engine: among the task's last 2,000 runs or more, those of this generation that succeeded, failed or timed out; by
   * id descending, which is by nominal time, latest first.
   */
  abstract lastEnded(organization: string, taskId: string, generation: number, limit: number): Promise<Run[]>;

  /** Engine: every owner of an unfinished run, each once. */
  abstract owners(): Promise<string[]>;

  /**
   * Engine: unfinished runs that one of these owners holds, by `dueAt`; with `turns`, organization by organization; with
   * `parts`, only those whose need is in one of them, whatever their shard; `without` those that are left out.
   */
  abstract heldBy(owners: readonly string[], limit: number, turns?: Turns, reach?: Reach): Promise<Run[]>;

  /** Engine: unfinished runs that the owner holds, by id, those after `after` (an id, or nothing for the first). */
  abstract ownedAfter(owner: string, after: string, limit: number): Promise<Run[]>;

  /**
   * Engine: unfinished runs that nobody holds and that are due before `before`, by `dueAt`; `turns` and `reach` as for
   * `heldBy`.
   */
  abstract unowned(before: number, limit: number, turns?: Turns, reach?: Reach): Promise<Run[]>;

  /** Engine: those of these tasks of which another than this owner holds an unfinished run. */
  abstract heldElsewhere(taskIds: readonly string[], owner: string): Promise<Set<string>>;

  /**
   * Engine: the unfinished runs of a task that others than this owner hold, without what they carry (event, parameters,
   * output). If they are more than `limit`, of each holder up to `limit` of those that have begun, and up to `limit`
   * pending ones of each kind by `dueAt`: those due by `dueBy`, those among them that make up for others, and those due
   * after `since`.
   */
  abstract heldBeside(taskId: string, owner: string, beside: Beside): Promise<Run[]>;

  /** Engine: gives the unfinished runs of the task this need. */
  abstract setNeed(taskId: string, need: StoredNeed): Promise<void>;

  /** Housekeeping: deletes up to `limit` runs that finished before `before`, with their logs; resolves to their number. */
  abstract purge(before: number, limit: number): Promise<number>;

  /**
   * Housekeeping: looks at up to `limit` runs in the order of their ids, and deletes, with their logs, those of a kind that
   * finished before an instant.
   */
  abstract purgeKind(kind: OldRuns, limit: number): Promise<PurgedKind>;

  /** Housekeeping: deletes up to `limit` ledger entries that end before `before`; resolves to their number. */
  abstract purgeLedger(before: number, limit: number): Promise<number>;
}
