import type { TaskDefinition } from '../domain/task-definition.js';

/** The sealed secrets of a task. */
export interface SealedSecrets {
  organization: string;
  taskId: string;
  /** The parts of the definition that the secrets are bound to. */
  definition: Pick<TaskDefinition, 'action' | 'parameters'>;
  /** By name. */
  secrets: Record<string, string>;
  /** Why the record of the task cannot be read. */
  unreadable?: string;
}

/** Reads and replaces sealed secrets in place, independent of other changes to their tasks. */
export abstract class SealedStore {
  /** Tasks of all organizations that have secrets, or cannot be read, by ascending id, after the given id. */
  abstract page(after: string, limit: number): Promise<SealedSecrets[]>;

  /**
   * Replaces the secrets if they are still those that were read; resolves to whether they were. The task's version
   * stays.
   */
  abstract replace(read: SealedSecrets, secrets: Record<string, string>): Promise<boolean>;
}
