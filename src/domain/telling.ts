import type { LedgerEntry } from './ledger.js';

/** How it is seen in a stored run that an attempt has got so far, or that the run has ended so. */
export interface RunProof {
  attempt: number;
  end?: { state: string; at: number };
}

/** How it is seen in a stored task that it was changed: it has this generation or a later one, or is gone by now. */
export interface TaskProof {
  generation: number;
  /** A task that was created or deleted is seen by its being there or not. */
  is?: 'there' | 'gone';
}

/** How it is seen that occurrences were recorded as missed: by the entry in the ledger of the task. */
export type LedgerProof = Pick<LedgerEntry, 'from' | 'to' | 'outcome'>;

/** A message and what it is about. */
export interface Told {
  /** The id of the run or the task whose change it reports; null for a message that stands by itself. */
  subject: string | null;
  run?: RunProof;
  task?: TaskProof;
  ledger?: LedgerProof;
  /** The message as JSON. */
  body: string;
}

/**
 * A few messages that are stored with the changes that they report. Those of changes that are not made are not stored, or
 * not read. The instance that writes them numbers them.
 */
export interface Telling {
  /** The id of the instance that writes them. */
  stream: string;
  /** Its number within the stream, from 1. */
  sequence: number;
  /** When they were written (epoch ms). */
  at: number;
  /** How many of the messages each consumer wants, by its name. */
  consumers: Readonly<Record<string, number>>;
  messages: readonly Told[];
}

/** How many bytes of messages there are about in a telling. */
export const sizeOf = ({ messages }: Telling): number => messages.reduce((sum, { body }) => sum + body.length, 0);
