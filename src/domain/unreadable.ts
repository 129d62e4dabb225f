import { taskDefinitionSchema, type TaskDefinition } from './task-definition.js';
import { messageOf } from './thrown.js';

/** What stands for the definition of a task whose record cannot be read: it is due by nothing, and calls nothing. */
const definition: TaskDefinition = {
  ...taskDefinitionSchema.parse({
    name: '(unreadable)',
    triggers: [{ type: 'manual' }],
    action: { type: 'handler', name: '(unreadable)' },
  }),
  triggers: [],
};

/** What a store gives of a task instead of what it cannot read, and why; the record stays as it is. */
export const unreadableTask = (error: unknown) => ({
  definition,
  secrets: {},
  unreadable: `its record cannot be read: ${messageOf(error, 500)}`,
});
