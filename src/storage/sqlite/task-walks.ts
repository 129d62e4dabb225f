import { DEFAULT_QUEUE } from '../../domain/queue.js';
import type { TaskFilter } from '../../scheduling/ports/task.reads.js';
import { Conditions } from './conditions.js';
import type { Walk } from './look.js';
import { DETAILS, folded, TASK_COLUMNS, TASKS, type TaskRow } from './task-rows.js';

/** The walk to the tasks that match a filter: by tag, by state, or through all tasks of the organization. */
export function walkTo(organization: string, { state, tag, q, queue }: TaskFilter): Walk<TaskRow, string> {
  const tried = new Conditions()
    .and('instr(folded_name, ?) > 0', q && folded(q))
    .and(`coalesce(+tasks.queue, '${DEFAULT_QUEUE}') = ?`, queue);
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
