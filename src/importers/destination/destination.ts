import type { JsonObject } from '../../domain/json.js';
import type { TaskDefinition, TaskInput } from '../../domain/task-definition.js';

/** A task that an earlier import made. */
export interface StoredTask {
  id: string;
  isPaused: boolean;
  definition: TaskDefinition;
}

/** A task was refused; others may not be. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** Where tasks are imported into. */
export interface Destination {
  /** The tasks with this tag. */
  withTag(tag: string): AsyncIterable<StoredTask>;
  /** Stores a new task under the caller's own name for it. @throws RefusedError */
  create(input: TaskInput, key: string): Promise<StoredTask>;
  /** Changes a task by a JSON Merge Patch. @throws RefusedError */
  change(id: string, patch: JsonObject): Promise<void>;
  /** @throws RefusedError */
  pause(id: string, reason: string): Promise<void>;
  close(): Promise<void>;
}
