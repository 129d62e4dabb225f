import type { LedgerEntry } from '../../domain/ledger.js';
import type { Task, TaskState } from '../../domain/task.js';
import type { Listing } from '../../scheduling/listing.js';
import {
  TaskStore,
  type DueTasks,
  type Page,
  type Standing,
  type TaskFilter,
  type Turns,
} from '../../scheduling/task.store.js';
import { Conditions } from './conditions.js';
import { LedgerRows } from './ledger-rows.js';
import { look } from './look.js';
import type { SqlRow } from './sql.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { walkTo } from './task-walks.js';
import { TASK_COLUMNS, taskFrom, TaskRows, TASKS, type TaskRow } from './task-rows.js';

const SELECT = `SELECT ${TASK_COLUMNS} FROM ${TASKS}`;

/** The organizations that have a task with a `wake_at`, those after a name, by their names. */
const NEXT_WAKING = 'SELECT min(organization) FROM tasks WHERE wake_at IS NOT NULL AND organization >';
const WAKING = `WITH RECURSIVE waking (name) AS (
  ${NEXT_WAKING} ? UNION ALL SELECT (${NEXT_WAKING} waking.name) FROM waking WHERE waking.name IS NOT NULL)`;

/** Keeps the tasks in SQLite. */
export class SqliteTaskStore extends TaskStore {
  private readonly rows: TaskRows;
  private readonly ledger: LedgerRows;

  constructor(private readonly db: SqliteConnection) {
    super();
    this.rows = new TaskRows(db);
    this.ledger = new LedgerRows(db);
  }

  async insert(tasks: readonly Task[]): Promise<Set<string>> {
    if (tasks.length === 0) return new Set();
    return this.db.write(() => {
      const known = this.known(tasks);
      const fresh = new Map(tasks.toReversed().map((task) => [task.id, task]));
      for (const id of known) fresh.delete(id);
      this.rows.insert([...fresh.values()].reverse());
      return known;
    });
  }

  get(organization: string, id: string): Promise<Task | null> {
    return this.db.read(() => this.find(organization, id) ?? null);
  }

  count(organization: string, atMost: number): Promise<number> {
    const sql = 'SELECT count(*) AS count FROM (SELECT 1 FROM tasks WHERE organization = ? LIMIT ?)';
    return this.db.read(() => this.db.first<{ count: number }>(sql, [organization, atMost])?.count ?? 0);
  }

  async list(organization: string, filter: TaskFilter, page: Page): Promise<Listing<Task>> {
    const { items, next } = await look(this.db, walkTo(organization, filter), page);
    return { items: items.map(taskFrom), next };
  }

  replace(organization: string, task: Task, read: Standing, ledger: readonly LedgerEntry[] = []): Promise<boolean> {
    const stands = ({ generation, next }: Task) =>
      generation === read.generation && next?.scheduledFor === read.next?.scheduledFor;
    return this.changeIf(organization, task.id, stands, (before) => {
      this.rows.replace(before, task);
      this.ledger.insert(ledger);
    });
  }

  remove(organization: string, id: string, generation: number): Promise<boolean> {
    const stands = (before: Task) => before.generation === generation;
    return this.changeIf(organization, id, stands, (before) => this.rows.remove(before));
  }

  forEvent(organization: string, eventType: string): Promise<Task[]> {
    return this.tasks(
      `SELECT ${TASK_COLUMNS} FROM task_events CROSS JOIN ${TASKS} AND tasks.id = task_events.task_id
        WHERE task_events.organization = ? AND task_events.event = ? AND tasks.state = 'active'`,
      [organization, eventType],
    );
  }

  dueBetween({ turns, ...range }: DueTasks): Promise<Task[]> {
    return turns ? this.dueInTurns(range, turns) : this.dueInOrder(range);
  }

  private dueInOrder({ from, after, before, limit, shards, organization }: DueTasks): Promise<Task[]> {
    const conditions = new Conditions()
      .and('organization = ?', organization)
      // The least text of all comes before every id.
      .and('(wake_at, id) > (?, ?)', from, after ?? '')
      .and('wake_at < ?', before)
      .and('shard IN (SELECT value FROM json_each(?))', shards && JSON.stringify(shards));
    return this.tasks(`${SELECT} WHERE ${conditions.text} ORDER BY wake_at, id LIMIT ?`, [...conditions.values, limit]);
  }

  private dueInTurns({ from, before, limit, shards }: DueTasks, { after, except = [] }: Turns): Promise<Task[]> {
    const conditions = new Conditions()
      .and('wake_at >= ?', from)
      .and('wake_at < ?', before)
      .and('shard IN (SELECT value FROM json_each(?))', shards && JSON.stringify(shards));
    // The organizations are looked up one by one as the rows are asked for, and each of them in the index.
    const sql = `${WAKING} SELECT ${TASK_COLUMNS} FROM waking CROSS JOIN ${TASKS}
      WHERE tasks.organization = waking.name AND waking.name NOT IN (SELECT value FROM json_each(?))
        AND ${conditions.text} LIMIT ?`;
    return this.tasks(sql, [after, JSON.stringify(except), ...conditions.values, limit]);
  }

  byIds(ids: readonly string[]): Promise<Task[]> {
    return this.tasks(`${SELECT} WHERE id IN (SELECT value FROM json_each(?))`, [JSON.stringify(ids)]);
  }

  async countByState(): Promise<Record<TaskState, number>> {
    const sql = 'SELECT state, count(*) AS count FROM tasks GROUP BY state';
    const rows = await this.db.read(() => this.db.all<{ state: TaskState; count: number }>(sql, []));
    const counts = { active: 0, paused: 0, completed: 0 };
    for (const { state, count } of rows) counts[state] = count;
    return counts;
  }

  private async tasks(sql: string, values: SqlRow): Promise<Task[]> {
    return (await this.db.read(() => this.db.all<TaskRow>(sql, values))).map(taskFrom);
  }

  private find(organization: string, id: string): Task | undefined {
    const row = this.db.first<TaskRow>(`${SELECT} WHERE id = ? AND organization = ?`, [id, organization]);
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
