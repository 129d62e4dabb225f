import type { Page } from '../../domain/listing.js';
import {
  EventWindowStore,
  type DueEventWindow,
  type DueEventWindows,
  type WindowChange,
  type WindowUsage,
  type WindowVersion,
} from '../../events/windows/event-window.store.js';
import type { EventWindow } from '../../events/windows/event-window.js';
import { readableWindow, windowRow, type WindowRow } from '../readable-window.js';
import { Conditions } from './conditions.js';
import type { SqliteConnection } from './sqlite-connection.js';

type Stored = Omit<WindowRow, 'shard' | 'bytes'>;

const GIVEN = '(SELECT value FROM json_each(?))';
const VERSIONS = '(SELECT value ->> 0, value ->> 1 FROM json_each(?))';
const SELECT = `SELECT id, organization, task_id AS "taskId", version, due_at AS "dueAt", held FROM event_windows`;
const INSERT = `INSERT INTO event_windows (id, organization, task_id, shard, version, due_at, bytes, held)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const UPDATE = 'UPDATE event_windows SET version = ?, due_at = ?, bytes = ?, held = ? WHERE id = ? AND version = ?';
const USAGE = `SELECT count(*) AS windows, coalesce(sum(task_id = ?), 0) AS "ofTask", coalesce(sum(bytes), 0) AS bytes
  FROM (SELECT task_id, bytes FROM event_windows WHERE organization = ? LIMIT ?)`;

/** Organizations that have windows, one after the other: as many as are asked for, each found through the index. */
const ORGANIZATIONS = `WITH RECURSIVE waiting(name) AS (
  SELECT (SELECT min(organization) FROM event_windows WHERE organization > ?)
  UNION ALL
  SELECT (SELECT min(organization) FROM event_windows WHERE organization > waiting.name) FROM waiting
  WHERE waiting.name IS NOT NULL)`;
const DUE = 'id, organization, task_id AS "taskId", due_at AS "dueAt"';

const versionsOf = (windows: readonly WindowVersion[]): string =>
  JSON.stringify(windows.map(({ id, version }) => [id, version]));

/** Keeps the windows of event triggers in SQLite. */
export class SqliteEventWindowStore extends EventWindowStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async byIds(ids: readonly string[]): Promise<EventWindow[]> {
    const rows = await this.db.query<Stored>(`${SELECT} WHERE id IN ${GIVEN}`, [JSON.stringify(ids)]);
    return rows.map(readableWindow);
  }

  write(changes: readonly WindowChange[]): Promise<Set<string>> {
    return this.db.write(
      () => new Set(changes.filter((change) => this.writeOne(change)).map(({ window: { id } }) => id)),
    );
  }

  async remove(windows: readonly WindowVersion[]): Promise<void> {
    const sql = `DELETE FROM event_windows WHERE (id, version) IN ${VERSIONS}`;
    await this.db.write(() => this.db.run(sql, [versionsOf(windows)]));
  }

  async postpone(windows: readonly WindowVersion[], dueAt: number): Promise<void> {
    const sql = `UPDATE event_windows SET due_at = ? WHERE (id, version) IN ${VERSIONS}`;
    await this.db.write(() => this.db.run(sql, [dueAt, versionsOf(windows)]));
  }

  due({ before, limit, shards, turns }: DueEventWindows): Promise<DueEventWindow[]> {
    const where = new Conditions().and('due_at < ?', before).and(`shard IN ${GIVEN}`, shards && JSON.stringify(shards));
    if (!turns) {
      const sql = `SELECT ${DUE} FROM event_windows WHERE ${where.text} ORDER BY due_at LIMIT ?`;
      return this.db.query<DueEventWindow>(sql, [...where.values, limit]);
    }
    const sql = `${ORGANIZATIONS} SELECT ${DUE} FROM waiting CROSS JOIN event_windows INDEXED BY event_windows_in_turns
      WHERE organization = waiting.name AND waiting.name NOT IN ${GIVEN} AND ${where.text} LIMIT ?`;
    return this.db.query<DueEventWindow>(sql, [
      ...[turns.after, JSON.stringify(turns.except ?? [])],
      ...where.values,
      limit,
    ]);
  }

  async usage(organization: string, taskId: string, most: number): Promise<WindowUsage> {
    return (await this.db.queryFirst<WindowUsage>(USAGE, [taskId, organization, most]))!;
  }

  async ofTask(organization: string, taskId: string, { after, limit }: Page): Promise<EventWindow[]> {
    const where = new Conditions().and('organization = ?', organization).and('task_id = ?', taskId);
    where.and('id < ?', after);
    const sql = `${SELECT} WHERE ${where.text} ORDER BY id DESC LIMIT ?`;
    return (await this.db.query<Stored>(sql, [...where.values, limit])).map(readableWindow);
  }

  private writeOne({ window, read }: WindowChange): boolean {
    const { id, organization, taskId, shard, version, dueAt, bytes, held } = windowRow(window);
    const values = [version, dueAt, bytes, held];
    return read === null
      ? this.db.run(INSERT, [id, organization, taskId, shard, ...values]) === 1
      : this.db.run(UPDATE, [...values, id, read]) === 1;
  }
}
