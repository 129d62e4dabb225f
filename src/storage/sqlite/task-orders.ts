import { setImmediate as turn } from 'node:timers/promises';
import type { Listing } from '../../domain/listing.js';
import type { Page, PlacedTask, TaskFilter, TaskSorting } from '../../scheduling/ports/task.reads.js';
import { readPlace, writePlace, type Place } from '../task-place.js';
import { Conditions } from './conditions.js';
import { MOST_MS, MOST_STEPS, STEP } from './look.js';
import type { SqlRow } from './sql.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { TASKS } from './task-rows.js';
import { fitsTask } from './task-walks.js';

/** A way along an index: the key of the order, unless all have the same, and what tells tasks of the same key apart. */
interface Way {
  from: string;
  where: string;
  key?: string;
  tie: string;
  id: string;
}

const OF_DETAILS = { where: 'owner = ?', tie: 'task_details.number', id: 'tasks.id' };
const WITH_TASKS = 'CROSS JOIN tasks ON tasks.number = task_details.number';
const OF_TASKS = { tie: 'id', id: 'id' };

/** The ways through all tasks, one after the other. */
const WAYS: Readonly<Record<TaskSorting['by'], readonly Way[]>> = {
  name: [{ ...OF_DETAILS, from: `task_details INDEXED BY tasks_by_name ${WITH_TASKS}`, key: 'folded_name' }],
  updatedAt: [{ ...OF_DETAILS, from: `task_details INDEXED BY tasks_by_update ${WITH_TASKS}`, key: 'updated_at' }],
  nextRunAt: [
    {
      ...OF_TASKS,
      from: 'tasks INDEXED BY due_tasks_of_organization',
      where: 'organization = ? AND wake_at IS NOT NULL',
      key: 'wake_at',
    },
    {
      ...OF_TASKS,
      from: 'tasks INDEXED BY tasks_without_next',
      where: 'organization = ? AND wake_at IS NULL',
    },
  ],
};

interface Row {
  id: string;
  key: string | number | null;
  tie: string | number;
}

interface Step {
  found: PlacedTask[];
  /** Where it goes on; null at the end. */
  next: Place | null;
}

/** Brings the tasks of organizations in an order, along an index. */
export class TaskOrders {
  constructor(private readonly db: SqliteConnection) {}

  /** See `TaskReads.sorted`. */
  async sorted(
    organization: string,
    sorting: TaskSorting,
    filter: TaskFilter,
    { after, limit }: Page,
  ): Promise<Listing<PlacedTask>> {
    const tried = fitsTask(filter, organization);
    let place: Place | null = after === undefined ? [0, null, null] : readPlace(after, 3);
    const items: PlacedTask[] = [];
    let spentMs = 0;
    for (let steps = 0; place !== null && items.length < limit && steps < MOST_STEPS && spentMs < MOST_MS; steps++) {
      if (steps > 0) await turn();
      const begun = this.db.clock.monotonic();
      const size: number = tried.isEmpty ? limit - items.length : STEP;
      const step: Step = await this.step(organization, sorting, place, size);
      const fitting = await this.fitting(step.found, tried);
      const room = limit - items.length;
      items.push(...fitting.slice(0, room));
      if (fitting.length > room) return { items, next: items.at(-1)!.place };
      place = step.next;
      spentMs += this.db.clock.monotonic() - begun;
    }
    return { items, next: place === null ? null : writePlace(place) };
  }

  private async step(organization: string, { by, order }: TaskSorting, after: Place, size: number): Promise<Step> {
    const [number, key, tie] = after;
    const way = WAYS[by][Number(number)];
    if (!way) return { found: [], next: null };
    const columns = way.key === undefined ? [way.tie] : [way.key, way.tie];
    const from = way.key === undefined ? [tie!] : [key!, tie!];
    const isFirst = tie === null;
    const beyond = `AND (${columns.join(', ')}) ${order === 'asc' ? '>' : '<'} (${from.map(() => '?').join(', ')})`;
    const sql = `SELECT ${way.id} AS id, ${way.key ?? 'NULL'} AS key, ${way.tie} AS tie FROM ${way.from}
      WHERE ${way.where} ${isFirst ? '' : beyond} ORDER BY ${columns.map((each) => `${each} ${order}`).join(', ')} LIMIT ?`;
    const values: SqlRow = [organization, ...(isFirst ? [] : from), size + 1];
    const rows = await this.db.query<Row>(sql, values);
    const places = rows.slice(0, size).map((row): Place => [number!, row.key, row.tie]);
    const found = places.map((place, index) => ({ id: rows[index]!.id, place: writePlace(place) }));
    if (rows.length > size) return { found, next: places.at(-1)! };
    return { found, next: Number(number) + 1 < WAYS[by].length ? [Number(number) + 1, null, null] : null };
  }

  private async fitting(found: readonly PlacedTask[], tried: Conditions): Promise<readonly PlacedTask[]> {
    if (tried.isEmpty || found.length === 0) return found;
    const conditions = new Conditions()
      .and('tasks.id IN (SELECT value FROM json_each(?))', JSON.stringify(found.map(({ id }) => id)))
      .andTerm(tried);
    const sql = `SELECT tasks.id AS id FROM ${TASKS} WHERE ${conditions.text}`;
    const fits = new Set((await this.db.query<{ id: string }>(sql, conditions.values)).map(({ id }) => id));
    return found.filter(({ id }) => fits.has(id));
  }
}
