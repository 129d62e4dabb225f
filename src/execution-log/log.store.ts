import type { JsonObject } from '../domain/json.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One line of a run's log. */
export interface LogEntry {
  /** Increases within a run, whichever instance wrote the entry; has gaps. */
  sequence: number;
  /** Epoch milliseconds. */
  at: number;
  attempt: number;
  level: LogLevel;
  message: string;
  data?: JsonObject;
}

/** Entries of one run that are stored together. */
export interface LogChunk {
  organization: string;
  runId: string;
  /** At least one, in ascending sequence. */
  entries: readonly LogEntry[];
}

/** Reads the logs of runs for people, separately from the engine. */
export abstract class LogReads {
  /** A run's entries with a sequence greater than `after`, ascending, at most `limit`. */
  abstract list(organization: string, runId: string, after: number, limit: number): Promise<LogEntry[]>;

  /**
   * The last sequence of a run's entries that were stored in a chunk which begins below `below`; null where there is none. It
   * may be `below` or more where that lies within a chunk.
   */
  abstract lastBelow(organization: string, runId: string, below: number): Promise<number | null>;
}

/** Keeps the logs of runs. Entries are only added. */
export abstract class LogStore extends LogReads {
  /** Adds each chunk; a chunk that exists already (same run and first sequence) stays unchanged. */
  abstract append(chunks: readonly LogChunk[]): Promise<void>;
}
