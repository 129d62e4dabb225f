import type { RunState, RunTrigger } from '../domain/run.js';
import type { Listing } from '../domain/listing.js';
import type { AuditRecord, InvalidEntry } from './audit-entry.js';

/** Selects entries; every member narrows the selection. `from` inclusive, `to` exclusive, in epoch ms. */
export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  /** The id of the object, or of something that the object belongs to. */
  object?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

/** A signed statement about a position of a chain. */
export interface Checkpoint {
  organization: string;
  /**
   * `head`: the entry at this sequence exists. `base`: retention removed the entries up to it. `vouched`: the entries
   * up to it were good at the time of signing, whatever their seals. `birth`: an entry of the first write; kept apart
   * from the others, as proof that a trail which is gone as a whole existed.
   */
  kind: 'head' | 'base' | 'vouched' | 'birth';
  /** Sequences have no gaps, so this is also the number of entries that there were. */
  sequence: number;
  hash: string;
  /** When it was signed (epoch ms); null from earlier versions. */
  at: number | null;
  /** In a base: the first of the removed entries that was altered; this stays recorded for good. */
  broken: InvalidEntry | null;
  keyId: string;
  signature: string;
}

/** The outcome of a run, as in the trail. Instants in epoch ms. */
export interface RunOutcome {
  organization: string;
  id: string;
  taskId: string;
  trigger: RunTrigger;
  state: RunState;
  scheduledFor: number;
  startedAt: number | null;
  finishedAt: number;
  attempt: number;
}

/** A position among finished runs, ordered by end, then id. */
export interface OutcomePosition {
  at: number;
  id: string;
}

/** A stretch of a search, and its direction. */
export interface AuditPage {
  /** The sequence after which the stretch begins. */
  after?: number | undefined;
  limit: number;
  order: 'newest first' | 'oldest first';
  /** Whether entries of outcomes only count them (`briefly`). */
  isBrief?: boolean;
}

/** Reads the chains of audit entries for people, separately from the engine. */
export abstract class AuditReads {
  /** Entries in descending order of sequence, before `before`. */
  abstract list(
    organization: string,
    filter: AuditFilter,
    page: { before?: number | undefined; limit: number },
  ): Promise<AuditRecord[]>;

  /** Entries in ascending order of sequence, after `after`. */
  abstract chain(organization: string, filter: AuditFilter, after: number, limit: number): Promise<AuditRecord[]>;

  /** Entries that the filter lets through; a bounded number is looked at, and the next stretch goes on where that ended. */
  abstract search(organization: string, filter: AuditFilter, page: AuditPage): Promise<Listing<AuditRecord, number>>;

  abstract checkpoint(organization: string, kind: Checkpoint['kind']): Promise<Checkpoint | null>;

  /** Every checkpoint of the organization. */
  abstract checkpoints(organization: string): Promise<Checkpoint[]>;

  /** Whether the organization has a task that was created before `at`, and so must have a trail. */
  abstract hasTaskBefore(organization: string, at: number): Promise<boolean>;

  /** Runs of all organizations that finished after the position and before `before`, in order. */
  abstract outcomes(after: OutcomePosition, before: number, limit: number): Promise<RunOutcome[]>;
}

/** Keeps the chains of audit entries. Entries never change; only retention removes some, from the start. */
export abstract class AuditStore extends AuditReads {
  /**
   * Adds consecutive entries of one organization unless others took their sequences, then moves the head. Resolves to
   * how many of the entries, counted from the first, are in the chain.
   */
  abstract append(records: readonly AuditRecord[], head: Checkpoint): Promise<number>;

  /** The organization's last entry; with `action`, its last entry with that action. */
  abstract last(organization: string, action?: string): Promise<AuditRecord | null>;

  /** Stores a checkpoint unless one of its kind exists at a later sequence. */
  abstract putCheckpoint(checkpoint: Checkpoint): Promise<void>;

  /** Retention: stores the base, then deletes the entries up to it. */
  abstract removeUpTo(base: Checkpoint): Promise<void>;

  /** Retention: some organizations with entries from before `at`, those of the oldest entries, without those of `except`. */
  abstract organizationsBefore(at: number, limit: number, except?: readonly string[]): Promise<string[]>;

  /** Engine: the heads of all organizations, in order of the organization's name, after `after`. */
  abstract heads(after: string, limit: number): Promise<Checkpoint[]>;

  /** Engine: checkpoints signed under another key than `keyId`. */
  abstract checkpointsNotUnder(keyId: string, limit: number): Promise<Checkpoint[]>;

  /** Engine: the finished run up to which outcomes are in the trail; null before the first. */
  abstract outcomesUntil(): Promise<OutcomePosition | null>;

  abstract moveOutcomes(to: OutcomePosition): Promise<void>;

  /** Engine: the end of the first run that finished after the position; null when there is none. */
  abstract nextOutcomeAt(after: OutcomePosition): Promise<number | null>;
}
