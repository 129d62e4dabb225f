import type { mongo } from 'mongoose';
import { groupsBy } from '../../domain/groups.js';
import type { Listing } from '../../domain/listing.js';
import type { Page, PlacedTask, TaskSorting } from '../../scheduling/ports/task.reads.js';
import { readPlace, writePlace, type Place } from '../task-place.js';
import { MOST_STEPS, STEP } from './look.js';
import type { TaskDocument } from './task.document.js';

/** An index that sorts an organization's tasks, and the ways along it through all of them, one after the other. */
interface Order {
  hint: string;
  /** What tells a place: the fields of the index, and the id. */
  fields: readonly (keyof TaskDocument)[];
  /** Whether the index does not contain the id, so that tasks alike in all else are sorted by it here. */
  lacksId?: boolean;
  ways: readonly mongo.Document[];
}

const ORDERS: Readonly<Record<TaskSorting['by'], Order>> = {
  name: { hint: 'name', fields: ['searchName', '_id'], ways: [{}] },
  updatedAt: { hint: 'update', fields: ['updatedAt', '_id'], ways: [{}] },
  nextRunAt: {
    // Only few tasks of a shard are due at the same instant; those that are due at none are as many as there are in the shard.
    hint: 'dueOfOrganizationByNeed',
    fields: ['wakeAt', 'shard', 'skill', 'queue', '_id'],
    lacksId: true,
    ways: [{ wakeAt: { $type: 'number' } }, { wakeAt: null }],
  },
};

type Found = PlacedTask & { values: Place };
type Direction = 1 | -1;

/** The tasks of an organization in an order, along an index; see `TaskReads.sorted`. */
export async function sortedTasks(
  tasks: mongo.Collection<TaskDocument>,
  organization: string,
  { by, order }: TaskSorting,
  tried: mongo.Document,
  { after, limit }: Page,
): Promise<Listing<PlacedTask>> {
  const along = ORDERS[by];
  const read = after === undefined ? [0] : readPlace(after, along.fields.length + 1);
  let [number, values]: [number, Place] = [Number(read[0]), read.slice(1)];
  const isTried = Object.keys(tried).length > 0;
  const items: PlacedTask[] = [];
  for (let steps = 0; steps < MOST_STEPS && along.ways[number]; steps++) {
    const room = limit - items.length;
    // One more than there is room for tells whether another page follows.
    const size = isTried ? STEP : room + 1;
    const found = await step(tasks, organization, along, { number, values, size, direction: order === 'asc' ? 1 : -1 });
    const fitting = isTried ? await those(tasks, found, tried) : found;
    items.push(...fitting.slice(0, room).map(({ id, place }) => ({ id, place })));
    if (fitting.length > room) return { items, next: items.at(-1)!.place };
    // A step that is full says where the next one begins, the last one of a way begins the next way.
    [number, values] = found.length === size ? [number, found.at(-1)!.values] : [number + 1, []];
    if (isTried && items.length === limit) break;
  }
  if (!along.ways[number]) return { items, next: null };
  return { items, next: values.length > 0 ? writePlace([number, ...values]) : beginningOf(number, along) };
}

/** The place before all of a way. */
const beginningOf = (number: number, { fields }: Order): string => writePlace([number, ...fields.map(() => null)]);

interface Start {
  number: number;
  /** Nothing, or nulls, at the beginning of the way. */
  values: Place;
  size: number;
  direction: Direction;
}

/** The next tasks of a way: those with the same values but the last, then those with the same values but the last two … */
async function step(
  tasks: mongo.Collection<TaskDocument>,
  organization: string,
  order: Order,
  { number, values, size, direction }: Start,
): Promise<Found[]> {
  const { fields, ways } = order;
  const found: Found[] = [];
  for (const range of rangesBehind(fields, values, direction)) {
    const query = { organization, ...ways[number], ...range } as mongo.Filter<TaskDocument>;
    const walk = new IndexWalk(tasks, order, query, direction);
    for (const document of await walk.first(size - found.length)) found.push(placed(document, fields, number));
    if (found.length >= size) break;
  }
  return found;
}

/** What a query finds along the index of an order. */
class IndexWalk {
  constructor(
    private readonly tasks: mongo.Collection<TaskDocument>,
    private readonly order: Order,
    private readonly query: mongo.Filter<TaskDocument>,
    private readonly direction: Direction,
  ) {}

  /** Its first `limit` tasks. */
  async first(limit: number): Promise<mongo.WithId<TaskDocument>[]> {
    const { fields, lacksId } = this.order;
    if (!lacksId || '_id' in this.query) return this.find(this.query, lacksId ? ['_id'] : fields, limit);
    const alike = fields.slice(0, -1);
    const found = await this.find(this.query, alike, limit);
    const groups = groupsBy(found, (document) => JSON.stringify(alike.map((field) => document[field] ?? null)));
    const parts = [...groups.values()];
    const last = found.length === limit ? parts.pop()?.[0] : undefined;
    const whole = parts.flatMap((part) => part.sort(({ _id: one }, { _id: other }) => (one < other ? -1 : 1) * this.direction)); // prettier-ignore
    if (!last) return whole;
    // Of the last ones, any may be missing.
    const same = Object.fromEntries(alike.map((field) => [field, last[field] ?? null]));
    const query = { organization: this.query.organization, ...same } as mongo.Filter<TaskDocument>;
    return [...whole, ...(await this.find(query, ['_id'], limit - whole.length))];
  }

  private find(query: mongo.Filter<TaskDocument>, sorting: readonly (keyof TaskDocument)[], limit: number) {
    const sort = Object.fromEntries(sorting.map((field) => [field, this.direction]));
    const projection = Object.fromEntries(this.order.fields.map((field) => [field, 1]));
    return this.tasks.find(query, { hint: this.order.hint, projection }).sort(sort).limit(limit).toArray();
  }
}

function placed(document: mongo.WithId<TaskDocument>, fields: Order['fields'], number: number): Found {
  const values = fields.map((field) => (document[field] as string | number | undefined) ?? null);
  return { id: document._id, place: writePlace([number, ...values]), values };
}

/** What lies behind the place, as ranges one after the other. Nulls come before everything else. */
function rangesBehind(fields: Order['fields'], values: Place, direction: Direction): mongo.Document[] {
  if (values.every((value) => value === null)) return [{}];
  const ranges: mongo.Document[] = [];
  for (let last = fields.length - 1; last >= 0; last--) {
    const range = beyond(values[last]!, direction, last > 0 && last < fields.length - 1);
    const same = fields.slice(0, last).map((field, place) => [field, values[place]] as const);
    if (range) ranges.push({ ...Object.fromEntries(same), [fields[last]!]: range });
  }
  return ranges;
}

/** What lies behind one value. The first field of a way has values alone, or nulls alone, and each task has an id. */
function beyond(value: string | number | null, direction: Direction, isNullable: boolean): mongo.Document | null {
  if (value === null) return direction === 1 && isNullable ? { $ne: null } : null;
  if (direction === 1) return { $gt: value };
  return isNullable ? { $not: { $gte: value } } : { $lt: value };
}

async function those(
  tasks: mongo.Collection<TaskDocument>,
  found: readonly Found[],
  tried: mongo.Document,
): Promise<Found[]> {
  if (found.length === 0) return [];
  const query = { $and: [{ _id: { $in: found.map(({ id }) => id) } }, tried] } as mongo.Filter<TaskDocument>;
  const fitting = tasks.find(query, { projection: { _id: 1 }, batchSize: found.length + 1 });
  const ids = new Set((await fitting.toArray()).map(({ _id }) => _id));
  return found.filter(({ id }) => ids.has(id));
}
