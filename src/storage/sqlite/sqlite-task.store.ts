import type { LedgerEntry } from '../../domain/ledger.js';
import type { Task, TaskState } from '../../domain/task.js';
import type { Telling } from '../../domain/telling.js';
import { listingOf, type Listing } from '../../domain/listing.js';
import { withEnding } from '../../stats/stats.store.js';
import { countEnding } from './ending-tasks.js';
import {
  TaskStore,
  type DueTasks,
  type Page,
  type PlacedTask,
  type Standing,
  type TaskFilter,
  type TaskSorting,
  type TaskVersion,
  type Turns,
} from '../../scheduling/ports/task.store.js';
import type { QueuedTasks } from '../../domain/queue-counts.js';
import { DEFAULT_QUEUE } from '../../domain/queue.js';
import { fitting, MOST_READ } from '../../scheduling/ports/task-pages.js';
import { anyTerm } from '../../domain/event-index.js';
import { Conditions } from './conditions.js';
import { LedgerRows } from './ledger-rows.js';
import { look } from './look.js';
import { OutboxRows } from './outbox-rows.js';
import { inParts, notLeftOut } from './parts-condition.js';
import type { SqlRow } from './sql.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { TaskOrders } from './task-orders.js';
import { walkTo } from './task-walks.js';
import { SHAPES, TASK_COLUMNS, taskFrom, TaskRows, TASKS, type TaskRow } from './task-rows.js';

/** What tells which rows fit, without their contents being read. */
interface SizedId {
  id: string;
  size: number;
}
const SIZED_ID = 'tasks.id AS id, octet_length(details) AS size';

const SELECT = `SELECT ${TASK_COLUMNS} FROM ${TASKS}`;
const AMONG = 'id IN (SELECT value FROM json_each(?))';
const WAITS = "tasks.state IN ('active', 'paused')";
const OF_TYPE = 'task_events.organization = ? AND task_events.event = ? AND task_events.task_id > ?';
const FOR_EVENT = `SELECT ${SIZED_ID} FROM task_events CROSS JOIN ${TASKS} AND tasks.id = task_events.task_id
  WHERE ${OF_TYPE} AND ${WAITS} ORDER BY task_events.task_id LIMIT ?`;
const IDS_FOR_EVENT = `SELECT task_events.task_id AS id FROM task_events CROSS JOIN tasks ON tasks.id = task_events.task_id
  WHERE ${OF_TYPE} AND ${WAITS} ORDER BY task_events.task_id LIMIT ?`;
const FOUND_UNDER_TERMS = `FROM (
    SELECT DISTINCT task_id FROM event_terms
    WHERE organization = ? AND term IN (SELECT value FROM json_each(?)) AND task_id > ?
  ) AS found CROSS JOIN ${TASKS} AND tasks.id = found.task_id WHERE ${WAITS} ORDER BY found.task_id LIMIT ?`;
const UNDER_TERMS = `SELECT ${SIZED_ID} ${FOUND_UNDER_TERMS}`;
/** Of a text that is not JSON, nothing is extracted: it would fail the whole statement. */
const instant = (member: string): string =>
  `CASE WHEN json_valid(details) THEN json_extract(details, '$.${member}') ELSE 0 END AS ${member}`;
const VERSIONS = `SELECT tasks.id AS id, generation, ${instant('createdAt')}, ${instant('updatedAt')} ${FOUND_UNDER_TERMS}`;
const OWN = `${SELECT} WHERE id = ? AND organization = ?`;

/** The organizations that have a task with a `wake_at`, in order of name, after a given name. */
const NEXT_WAKING = 'SELECT min(organization) FROM tasks WHERE wake_at IS NOT NULL AND organization >';
const WAKING = `WITH RECURSIVE waking (name) AS (
  ${NEXT_WAKING} ? UNION ALL SELECT (${NEXT_WAKING} waking.name) FROM waking WHERE waking.name IS NOT NULL)`;

/** A column by which no index is chosen. */
const ofTasks = (column: string): string => `+tasks.${column}`;

/** Keeps the tasks in SQLite. */
export class SqliteTaskStore extends TaskStore {
  private readonly rows: TaskRows;
  private readonly ledger: LedgerRows;
  private readonly outbox: OutboxRows;
  private readonly orders: TaskOrders;

  constructor(private readonly db: SqliteConnection) {
    super();
    this.rows = new TaskRows(db);
    this.ledger = new LedgerRows(db);
    this.outbox = new OutboxRows(db);
    this.orders = new TaskOrders(db);
  }

  async insert(tasks: readonly Task[], tellings?: readonly Telling[]): Promise<Set<string>> {
    if (tasks.length === 0) return new Set();
    return this.db.write(() => {
      const known = this.known(tasks);
      const fresh = new Map(tasks.toReversed().map((task) => [task.id, task]));
      for (const id of known) fresh.delete(id);
      this.rows.insert([...fresh.values()].reverse());
      this.outbox.insert(tellings, (id) => fresh.has(id));
      return known;
    });
  }

  async get(organization: string, id: string): Promise<Task | null> {
    return (await this.tasks(OWN, [id, organization]))[0] ?? null;
  }

  async count(organization: string, atMost: number): Promise<number> {
    const sql = 'SELECT count(*) AS count FROM (SELECT 1 FROM tasks WHERE organization = ? LIMIT ?)';
    return (await this.db.queryFirst<{ count: number }>(sql, [organization, atMost]))?.count ?? 0;
  }

  async list(organization: string, filter: TaskFilter, page: Page): Promise<Listing<Task>> {
    // The rows themselves are read once it is known how many of them fit.
    const way = { ...walkTo(organization, filter), columns: SIZED_ID };
    const { items, next } = await look<SizedId, string>(this.db, { ...way, keyOf: ({ id }) => id }, page);
    const ids = items.slice(0, fitting(items.map(({ size }) => size))).map(({ id }) => id);
    const found = new Map((await this.byIds(ids)).map((task) => [task.id, task]));
    return { items: ids.flatMap((id) => found.get(id) ?? []), next: ids.length < items.length ? ids.at(-1)! : next };
  }

  sorted(organization: string, sorting: TaskSorting, filter: TaskFilter, page: Page): Promise<Listing<PlacedTask>> {
    return this.orders.sorted(organization, sorting, filter, page);
  }

  replace(
    organization: string,
    task: Task,
    read: Standing,
    ledger: readonly LedgerEntry[] = [],
    tellings?: readonly Telling[],
  ): Promise<boolean> {
    const stands = ({ generation, next }: Task) =>
      generation === read.generation && next?.scheduledFor === read.next?.scheduledFor;
    return this.changeIf(organization, task.id, stands, (before) => {
      this.rows.replace(before, task);
      this.ledger.insert(ledger);
      this.outbox.insert(tellings, () => true);
    });
  }

  remove(organization: string, id: string, generation: number, tellings?: readonly Telling[]): Promise<boolean> {
    const stands = (before: Task) => before.generation === generation;
    return this.changeIf(organization, id, stands, (before) => {
      this.rows.remove(before);
      this.outbox.insert(tellings, () => true);
    });
  }

  async forEvent(
    organization: string,
    eventType: string,
    after = '',
    bytes?: number,
    terms?: readonly string[],
  ): Promise<Listing<Task>> {
    const [sql, which] = terms ? [UNDER_TERMS, JSON.stringify([anyTerm(eventType), ...terms])] : [FOR_EVENT, eventType];
    const sized = await this.db.query<SizedId>(sql, [organization, which, after, MOST_READ + 1]);
    if (sized.length === 0) return { items: [], next: null };
    const most = Math.min(
      MOST_READ,
      fitting(
        sized.map(({ size }) => size),
        bytes,
      ),
    );
    const ids = sized.slice(0, most).map(({ id }) => id);
    const items = await this.tasks(`${SELECT} WHERE ${AMONG} ORDER BY id`, [JSON.stringify(ids)]);
    return { items, next: most < sized.length ? ids.at(-1)! : null };
  }

  async versionsForEvent(
    organization: string,
    eventType: string,
    after: string | undefined,
    terms: readonly string[],
  ): Promise<Listing<TaskVersion>> {
    const values = [organization, JSON.stringify([anyTerm(eventType), ...terms]), after ?? '', MOST_READ + 1];
    return listingOf(await this.db.query<TaskVersion>(VERSIONS, values), MOST_READ, ({ id }) => id);
  }

  async eventShapes(organization: string): Promise<string[]> {
    return (await this.db.query<{ shape: string }>(SHAPES, [organization])).map(({ shape }) => shape);
  }

  async idsForEvent(
    organization: string,
    eventType: string,
    after: string | undefined,
    limit: number,
  ): Promise<string[]> {
    const found = await this.db.query<{ id: string }>(IDS_FOR_EVENT, [organization, eventType, after ?? '', limit]);
    return found.map(({ id }) => id);
  }

  dueBetween({ turns, ...range }: DueTasks): Promise<Task[]> {
    if (range.parts?.length === 0) return Promise.resolve([]);
    return turns ? this.dueInTurns(range, turns) : this.dueInOrder(range);
  }

  private dueInOrder(range: DueTasks): Promise<Task[]> {
    const { from, after, before, limit, shards, parts, without, organization } = range;
    const conditions = new Conditions()
      .and('organization = ?', organization)
      // The empty text sorts before every id.
      .and('(wake_at, id) > (?, ?)', from, after ?? '')
      .and('wake_at < ?', before)
      .and('shard IN (SELECT value FROM json_each(?))', shards && JSON.stringify(shards))
      .andTerm(inParts(parts))
      .andTerm(notLeftOut(without, ofTasks));
    const which = `FROM ${TASKS} WHERE ${conditions.text} ORDER BY wake_at, id LIMIT ?`;
    return this.fitting('', which, conditions.values, limit);
  }

  private dueInTurns(
    { from, before, limit, shards, parts, without }: DueTasks,
    { after, except = [] }: Turns,
  ): Promise<Task[]> {
    const conditions = new Conditions()
      .and('wake_at >= ?', from)
      .and('wake_at < ?', before)
      .and('shard IN (SELECT value FROM json_each(?))', shards && JSON.stringify(shards))
      .andTerm(inParts(parts))
      .andTerm(notLeftOut(without, ofTasks));
    // Organizations are looked up one by one as rows are fetched, and the tasks of each through the index.
    const which = `FROM waking CROSS JOIN ${TASKS}
      WHERE tasks.organization = waking.name AND waking.name NOT IN (SELECT value FROM json_each(?))
        AND ${conditions.text} LIMIT ?`;
    return this.fitting(WAKING, which, [after, JSON.stringify(except), ...conditions.values], limit);
  }

  queues(organization: string, now: number, limit: number): Promise<QueuedTasks[]> {
    const first = `SELECT coalesce(queue, '${DEFAULT_QUEUE}') AS queue, wake_at
      FROM tasks INDEXED BY due_tasks_of_organization
      WHERE organization = ? AND wake_at IS NOT NULL ORDER BY wake_at LIMIT ?`;
    const sql = `SELECT queue, sum(wake_at <= ?) AS due, sum(wake_at > ?) AS upcoming, min(wake_at) AS oldest
      FROM (${first}) GROUP BY queue`;
    return this.db.query<QueuedTasks>(sql, [now, now, organization, limit]);
  }

  byIds(ids: readonly string[]): Promise<Task[]> {
    return this.tasks(`${SELECT} WHERE ${AMONG}`, [JSON.stringify(ids)]);
  }

  async completedAmong(ids: readonly string[]): Promise<Map<string, number>> {
    // The unary plus: not by the index of all completed tasks.
    const sql = `SELECT id, generation FROM tasks WHERE ${AMONG} AND +state = 'completed'`;
    const rows = await this.db.query<Pick<Task, 'id' | 'generation'>>(sql, [JSON.stringify(ids)]);
    return new Map(rows.map(({ id, generation }) => [id, generation]));
  }

  async existingAmong(ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.db.query<Pick<Task, 'id'>>(`SELECT id FROM tasks WHERE ${AMONG}`, [JSON.stringify(ids)]);
    return new Set(rows.map(({ id }) => id));
  }

  async countByState(limit: number): Promise<Record<TaskState, number>> {
    const states: readonly TaskState[] = ['active', 'paused', 'completed'];
    const count = '(SELECT count(*) FROM (SELECT 1 FROM tasks WHERE state = ? LIMIT ?))';
    const sql = `SELECT ${states.map((state) => `${count} AS ${state}`).join(', ')}`;
    const values = states.flatMap((state) => [state, limit]);
    const stored = (await this.db.queryFirst<Record<TaskState, number>>(sql, values))!;
    return stored.completed === 0 ? stored : withEnding(stored, await countEnding(this.db, limit), limit);
  }

  /** The first tasks up to `limit`, as many as fit into one read. */
  private async fitting(before: string, which: string, values: SqlRow, limit: number): Promise<Task[]> {
    const sized = await this.db.query<SizedId>(`${before} SELECT ${SIZED_ID} ${which}`, [...values, limit]);
    if (sized.length === 0) return [];
    const most = fitting(sized.map(({ size }) => size));
    return this.tasks(`${before} SELECT ${TASK_COLUMNS} ${which}`, [...values, most]);
  }

  private async tasks(sql: string, values: SqlRow): Promise<Task[]> {
    return (await this.db.query<TaskRow>(sql, values)).map(taskFrom);
  }

  private find(organization: string, id: string): Task | undefined {
    const row = this.db.first<TaskRow>(OWN, [id, organization]);
    return row && taskFrom(row);
  }

  private known(tasks: readonly Task[]): Set<string> {
    const sql = 'SELECT id FROM tasks WHERE id IN (SELECT value FROM json_each(?))';
    const rows = this.db.all<{ id: string }>(sql, [JSON.stringify(tasks.map(({ id }) => id))]);
    return new Set(rows.map(({ id }) => id));
  }

  private changeIf(
    organization: string,
    id: string,
    stands: (before: Task) => boolean,
    change: (before: Task) => void,
  ): Promise<boolean> {
    return this.db.write(() => {
      const before = this.find(organization, id);
      if (!before || !stands(before)) return false;
      change(before);
      return true;
    });
  }
}
