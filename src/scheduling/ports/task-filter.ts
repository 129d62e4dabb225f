import { queueOf } from '../../domain/need.js';
import type { Task } from '../../domain/task.js';
import type { TaskFilter } from './task.reads.js';

/** Whether a filter lets the task through. */
export const fitsFilter = (
  { state, definition }: Pick<Task, 'state' | 'definition'>,
  { state: only, states, tag, tags = [], queue, q }: TaskFilter,
): boolean =>
  (only === undefined || only === state) &&
  (states === undefined || states.includes(state)) &&
  (tag === undefined || definition.tags.includes(tag)) &&
  tags.every((each) => definition.tags.includes(each)) &&
  (queue === undefined || queueOf(definition) === queue) &&
  (q === undefined || definition.name.toLowerCase().includes(q.toLowerCase()));
