import { listingOf, type Listing } from '../../domain/listing.js';
import { wakeAt, type Task } from '../../domain/task.js';
import { fitsFilter } from './task-filter.js';
import type { Page, PlacedTask, TaskFilter, TaskSorting } from './task.reads.js';

/** What a list is sorted by, and the id. */
type Place = readonly [key: string | number | null, id: string];

/** `TaskReads.sorted` for a store that has all tasks of an organization in memory. */
export function sortedTasks(
  tasks: readonly Task[],
  { by, order }: TaskSorting,
  filter: TaskFilter,
  { after, limit }: Page,
): Listing<PlacedTask> {
  const placed = tasks.map((task) => ({ task, id: task.id, place: placeOf(task, by) }));
  placed.sort((a, b) => comparePlaces(a.place, b.place, order));
  const from = after === undefined ? null : readPlace(after);
  const ahead = placed.filter(({ place }) => from === null || comparePlaces(place, from, order) > 0);
  const items = ahead.filter(({ task }) => fitsFilter(task, filter));
  const shown = items.map(({ id, place }) => ({ id, place: JSON.stringify(place) }));
  return listingOf(shown, limit, ({ place }) => place);
}

/** Where the task is in a list that is sorted so. */
function placeOf(task: Task, by: TaskSorting['by']): Place {
  if (by === 'name') return [task.definition.name.toLowerCase(), task.id];
  return [by === 'updatedAt' ? task.updatedAt : wakeAt(task), task.id];
}

/** In the order of their UTF-8; what has no key comes last either way. */
function comparePlaces([a, idOfA]: Place, [b, idOfB]: Place, order: TaskSorting['order']): number {
  if (a === null || b === null) {
    if (a !== b) return a === null ? 1 : -1;
  } else if (a !== b) {
    const first = typeof a === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(String(b))) : a - Number(b);
    return order === 'asc' ? first : -first;
  }
  return (idOfA < idOfB ? -1 : idOfA > idOfB ? 1 : 0) * (order === 'asc' ? 1 : -1);
}

/** What a text says that was written as a place; of another text, the beginning. */
function readPlace(text: string): Place | null {
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
