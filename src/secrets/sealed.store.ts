import type { TaskDefinition } from '../domain/task-definition.js';

/** The sealed secrets of a task. */
export interface SealedSecrets {
  organization: string;
  taskId: string;
  /** What they are bound to. */
  definition: Pick<TaskDefinition, 'action' | 'parameters'>;
  /** By name. */
  secrets: Record<string, string>;
}

/** Reads and replaces sealed secrets where they lie, whatever else becomes of their tasks. */
export abstract class SealedStore {
  /** Tasks of all organizations that have secrets, by id ascending, those after the id. */
  abstract page(after: string, limit: number): Promise<SealedSecrets[]>;

  /** Replaces the secrets while they are what was read; tells whether they were. The task's version stays as it is. */
  abstract replace(read: SealedSecrets, secrets: Record<string, string>): Promise<boolean>;
}
