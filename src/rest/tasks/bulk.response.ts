import type { Bulk } from '../../scheduling/tasks/bulk-changes.js';
import { NEXT_CURSOR, respond, Shown } from '../http/expose.js';

/** A task that a request for many has not changed. */
export class UnchangedTaskResponse {
  @Shown({ format: 'uuid' })
  id!: string;

  @Shown({ description: 'Why it has not changed.' })
  detail!: string;
}

/** Which tasks a request for many has changed. */
export class BulkResponse {
  @Shown({ type: 'integer', description: 'How many tasks have changed, or with dryRun would.' })
  count!: number;

  @Shown({ type: [String], description: 'The ids of these tasks, newest first.' })
  tasks!: string[];

  @Shown({
    type: [UnchangedTaskResponse],
    description:
      'The tasks that have not changed: those that could not, and of the ids those that needed no change or are not there.',
  })
  failed!: UnchangedTaskResponse[];

  @Shown(NEXT_CURSOR)
  nextCursor!: string | null;
}

export const toBulkResponse = ({ tasks, failed, next }: Bulk, cursorAt: (id: string) => string): BulkResponse =>
  respond(BulkResponse, { count: tasks.length, tasks, failed, nextCursor: next === null ? null : cursorAt(next) });
