import { TaskRunnerError } from '../domain/errors.js';

/** Why work on a store's file is not done: somebody uses it, it is there already, or it is not what it should be. */
export class UpkeepRefusedError extends TaskRunnerError {
  readonly code = 'upkeep-refused';
}

/** A step to the schema of this program. */
export interface SchemaStep {
  version: number;
  /** Whether programs from before it cannot use the file any more. */
  breaks: boolean;
  statements: readonly string[];
}

/** The schema of a file. */
export interface Schema {
  /** The last step that was taken; 0 for none. */
  version: number;
  /** A program has to know the schema up to here to use the file. */
  needed: number;
  /** The last step that this program knows. */
  newest: number;
  /** What this program would do to the file when it opens it. */
  pending: SchemaStep[];
  /** The indexes that it would build then, where that is no step of the schema. */
  indexes?: string[];
}

/** A file that was written whole, and checked. */
export interface WrittenFile {
  path: string;
  bytes: number;
  schema: number;
}

/** What a file was before and is now (bytes). */
export interface Shrunk {
  before: number;
  after: number;
}

/** Is told how much of the work is done (bytes). */
export type Progress = (done: number, total: number) => void;

/** Looks at a store by a program of its own. */
export interface StoreExamination {
  /** Says which schema the store has, and changes nothing. @throws UpkeepRefusedError, StoreUnavailableError */
  schema(): Promise<Schema>;

  /** What this program needs and the store does not have: tables, indexes and triggers. @throws UpkeepRefusedError, StoreUnavailableError */
  missing(): Promise<string[]>;
}

/** What a server says of itself. */
export interface ServerFigures {
  version: string;
  /** The oldest version that is supported. */
  oldest: string;
  isSupported: boolean;
  /** A replica set, or a cluster of them. */
  isReplicated: boolean;
  /** How far its clock is ahead (ms), and the room where it keeps its data (bytes); null where it does not tell. */
  offsetMs: number | null;
  free: number | null;
}

/** Looks at a store on a server by a program of its own. */
export interface ServerExamination extends StoreExamination {
  /** `now` tells the time here (epoch ms). @throws StoreUnavailableError */
  server(now: () => number): Promise<ServerFigures>;
}

/** Work on the whole file of an embedded store, by a program of its own. */
export interface StoreUpkeep extends StoreExamination {
  /** Where the file is. */
  readonly path: string;

  /**
   * Writes the store, as it is at one instant, into a new file that needs no other beside it, and checks that. Services
   * work on meanwhile. `replace` lets it take the place of a file that is there.
   * @throws UpkeepRefusedError, StoreUnavailableError
   */
  backup(target: string, options?: { replace?: boolean; progress?: Progress }): Promise<WrittenFile>;

  /**
   * Puts a backup in the store's place, and checks it before. `replace` lets it take the place of a store that is there
   * and that nobody uses.
   * @throws UpkeepRefusedError, StoreUnavailableError
   */
  restore(source: string, options?: { replace?: boolean; progress?: Progress }): Promise<WrittenFile>;

  /**
   * Gives the room of what was removed back to the disk. `online` does it although services use the file: their writes
   * wait for it.
   * @throws UpkeepRefusedError, StoreUnavailableError
   */
  vacuum(options?: { online?: boolean }): Promise<Shrunk>;
}
