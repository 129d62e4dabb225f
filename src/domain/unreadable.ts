import { taskDefinitionSchema, type TaskDefinition } from './task-definition.js';
import { messageOf } from './thrown.js';

/** Stand-in definition of a task whose record cannot be read: the task is never due and calls nothing. */
const definition: TaskDefinition = {
  ...taskDefinitionSchema.parse({
    name: '(unreadable)',
    triggers: [{ type: 'manual' }],
    action: { type: 'handler', name: '(unreadable)' },
  }),
  triggers: [],
};

/** Why a record cannot be read, in words that hold nothing of it. */
export const reasonOf = (error: unknown): string =>
  `its record cannot be read: ${error instanceof SyntaxError ? 'it holds a text that is not JSON' : messageOf(error, 500)}`;

/** What a store returns for a task that it cannot read, and why; the record stays unchanged. */
export const unreadableTask = (error: unknown) => ({
  definition,
  secrets: {},
  unreadable: reasonOf(error),
});
