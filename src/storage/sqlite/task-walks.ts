import { DEFAULT_QUEUE } from '../../domain/queue.js';
import type { TaskFilter } from '../../scheduling/ports/task.reads.js';
import { Conditions } from './conditions.js';
import type { Walk } from './look.js';
import { DETAILS, folded, TASK_COLUMNS, TASKS, type TaskRow } from './task-rows.js';

const HAS_TAG = `EXISTS (SELECT 1 FROM task_tags AS other
  WHERE other.organization = ? AND other.tag = ? AND other.task_id = tasks.id)`;

/** What is tested of each task, with its details, that no walk answers by itself. */
function triedOf({ q, queue, states, tags = [] }: TaskFilter, organization: string): Conditions {
  const tried = new Conditions()
    .and('instr(folded_name, ?) > 0', q && folded(q))
    .and(`coalesce(+tasks.queue, '${DEFAULT_QUEUE}') = ?`, queue)
    .and('+tasks.state IN (SELECT value FROM json_each(?))', states && JSON.stringify(states));
  for (const tag of tags) tried.and(HAS_TAG, organization, tag);
  return tried;
}

/** What is tested of each task of a walk through all of them. */
export function fitsTask(filter: TaskFilter, organization: string): Conditions {
  const { state, tag } = filter;
  const tried = triedOf(filter, organization).and('+tasks.state = ?', state);
  return tag === undefined ? tried : tried.and(HAS_TAG, organization, tag);
}

/** The walk to the tasks that match a filter: by tag, by state, or through all tasks of the organization. */
export function walkTo(organization: string, filter: TaskFilter): Walk<TaskRow, string> {
  const { state, tag } = filter;
  const tried = triedOf(filter, organization);
  const way = { columns: TASK_COLUMNS, order: 'DESC', keyOf: ({ id }: TaskRow) => id, tried } as const;
  if (tag !== undefined) {
    const along = new Conditions().and('task_tags.organization = ? AND task_tags.tag = ?', organization, tag);
    tried.and('+tasks.state = ?', state);
    const joined = `CROSS JOIN ${TASKS} AND tasks.id = task_tags.task_id`;
    return { ...way, from: 'task_tags', joined, key: 'task_tags.task_id', along };
  }
  const along = new Conditions().and('tasks.organization = ?', organization).and('tasks.state = ?', state);
  const from = `tasks INDEXED BY ${state ? 'tasks_by_state' : 'tasks_of_organization'}`;
  return { ...way, from, joined: DETAILS, key: 'tasks.id', along };
}
