import { type Task, type TaskSorting, wakeAt } from 'scheduled-task-runner/store';

/** What a list is sorted by, and the id. */
export type Place = readonly [key: string | number | null, id: string];

/** Where the task is in a list that is sorted so. */
export function placeOf(task: Task, by: TaskSorting['by']): Place {
  if (by === 'name') return [task.definition.name.toLowerCase(), task.id];
  return [by === 'updatedAt' ? task.updatedAt : wakeAt(task), task.id];
}

/** In the order of their UTF-8; what has no key comes last either way. */
export function comparePlaces([a, idOfA]: Place, [b, idOfB]: Place, order: TaskSorting['order']): number {
  if (a === null || b === null) {
    if (a !== b) return a === null ? 1 : -1;
  } else if (a !== b) {
    const first = typeof a === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(String(b))) : a - Number(b);
    return order === 'asc' ? first : -first;
  }
  return (idOfA < idOfB ? -1 : idOfA > idOfB ? 1 : 0) * (order === 'asc' ? 1 : -1);
}

/** What a text says that was written as a place; of another text, the beginning. */
export function readPlace(text: string): Place | null {
  const place = parsed(text);
  return Array.isArray(place) && place.length === 2 && typeof place[1] === 'string'
    ? (place as unknown as Place)
    : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
