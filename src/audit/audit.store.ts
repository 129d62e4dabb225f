import type { RunState, RunTrigger } from '../domain/run.js';
import type { AuditRecord, InvalidEntry } from './audit-entry.js';

/** Which entries a list shows; every member narrows it. `from` inclusive, `to` exclusive, in epoch ms. */
export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  /** The id of what it was done to, or of what that belongs to. */
  object?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

/** A signed statement about a position of a chain. */
export interface Checkpoint {
  organization: string;
  /**
   * `head`: the entry at this sequence is there. `base`: retention removed the entries up to it. `vouched`: the entries up to
   * it were good when it was signed, whatever their seals. `birth`: the first one that was written; it is kept apart from
   * the others, so that a trail that is gone as a whole was there.
   */
  kind: 'head' | 'base' | 'vouched' | 'birth';
  /** Sequences have no gap, so that it is the number of entries that there were. */
  sequence: number;
  hash: string;
  /** When it was signed (epoch ms); null as earlier versions did. */
  at: number | null;
  /** In a base: the first of the removed entries that was not as it was written, which stays so for good. */
  broken: InvalidEntry | null;
  keyId: string;
  signature: string;
}

/** How a run ended, as the trail tells it. Instants in epoch ms. */
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

/** A position among finished runs, which are ordered by their end, then by id. */
export interface OutcomePosition {
  at: number;
  id: string;
}

/** Reads the chains of audit entries for people, apart from the engine. */
export abstract class AuditReads {
  /** Entries by sequence descending, those before `before`. */
  abstract list(
    organization: string,
    filter: AuditFilter,
    page: { before?: number | undefined; limit: number },
  ): Promise<AuditRecord[]>;

  /** Entries by sequence ascending, those after the sequence. */
  abstract chain(organization: string, filter: AuditFilter, after: number, limit: number): Promise<AuditRecord[]>;

  abstract checkpoint(organization: string, kind: Checkpoint['kind']): Promise<Checkpoint | null>;

  /** Every checkpoint of the organization. */
  abstract checkpoints(organization: string): Promise<Checkpoint[]>;

  /** Whether the organization has a task that was created before the instant, and so must have a trail. */
  abstract hasTaskBefore(organization: string, at: number): Promise<boolean>;
}

/** Keeps the chains of audit entries. Nothing changes an entry; only retention removes some, from the beginning. */
export abstract class AuditStore extends AuditReads {
  /**
   * Adds consecutive entries of one organization while nobody else has taken their sequences, then moves the head there.
   * Resolves to how many of them, from the first on, are in the chain.
   */
  abstract append(records: readonly AuditRecord[], head: Checkpoint): Promise<number>;

  /** The organization's last entry; with an action, its last one of that action. */
  abstract last(organization: string, action?: string): Promise<AuditRecord | null>;

  /** Stores a checkpoint unless there is one of its kind at a later sequence. */
  abstract putCheckpoint(checkpoint: Checkpoint): Promise<void>;

  /** Retention: deletes the entries up to the base, which is stored first. */
  abstract removeUpTo(base: Checkpoint): Promise<void>;

  /** Retention: some organizations with entries from before the instant. */
  abstract organizationsBefore(at: number, limit: number): Promise<string[]>;

  /** Engine: organizations with a head, by name, those after the name. */
  abstract organizations(after: string, limit: number): Promise<string[]>;

  /** Engine: checkpoints that are signed under another key than this. */
  abstract checkpointsNotUnder(keyId: string, limit: number): Promise<Checkpoint[]>;

  /** Engine: up to which finished run the outcomes are in the trail; null before the first. */
  abstract outcomesUntil(): Promise<OutcomePosition | null>;

  abstract moveOutcomes(to: OutcomePosition): Promise<void>;

  /** Engine: the end of the first run that finished after the position; null when there is none. */
  abstract nextOutcomeAt(after: OutcomePosition): Promise<number | null>;

  /** Engine: runs of all organizations that finished after the position and before the instant, in that order. */
  abstract outcomes(after: OutcomePosition, before: number, limit: number): Promise<RunOutcome[]>;
}
