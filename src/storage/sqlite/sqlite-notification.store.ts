import type { Page } from '../../domain/listing.js';
import {
  NotificationStore,
  type NotificationRecord,
  type RecordKind,
  type RecordPlace,
} from '../../notifications/ports/notification.store.js';
import { readableRecord, recordRow, type RecordRow } from '../readable-notifications.js';
import { Conditions } from './conditions.js';
import { notSince } from './not-since.js';
import type { SqliteConnection } from './sqlite-connection.js';

const COLUMNS = 'kind, organization, id, version, at, body';
const SELECT = `SELECT ${COLUMNS} FROM notifications`;
const INSERT = `INSERT INTO notifications (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const KEY = 'kind = ? AND organization = ? AND id = ?';
const REPLACE = `UPDATE notifications SET version = ?, at = ?, body = ? WHERE ${KEY} AND version = ?`;
const COUNT = 'SELECT count(*) AS count FROM (SELECT 1 FROM notifications WHERE kind = ? AND organization = ? LIMIT ?)';
const BEHIND = `${SELECT} WHERE kind = ? AND (at, organization, id) > (?, ?, ?) ORDER BY at, organization, id LIMIT ?`;
const OLD = `SELECT organization, id FROM notifications WHERE kind = ? AND ${notSince('at')} ORDER BY at LIMIT ?`;

/** Keeps what there is of notifications beside the deliveries in SQLite. */
export class SqliteNotificationStore extends NotificationStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async list(kind: RecordKind, organization: string, { after, limit }: Page): Promise<NotificationRecord[]> {
    const where = new Conditions().and('kind = ?', kind).and('organization = ?', organization).and('id < ?', after);
    const sql = `${SELECT} WHERE ${where.text} ORDER BY id DESC LIMIT ?`;
    return (await this.db.query<RecordRow>(sql, [...where.values, limit])).map(readableRecord);
  }

  async insert(record: NotificationRecord): Promise<boolean> {
    const { kind, organization, id, version, at, body } = recordRow(record);
    return (await this.db.write(() => this.db.run(INSERT, [kind, organization, id, version, at, body]))) === 1;
  }

  async find(kind: RecordKind, organization: string, ids: readonly string[]): Promise<NotificationRecord[]> {
    const sql = `${SELECT} WHERE kind = ? AND organization = ? AND id IN (SELECT value FROM json_each(?))`;
    return (await this.db.query<RecordRow>(sql, [kind, organization, JSON.stringify(ids)])).map(readableRecord);
  }

  async count(kind: RecordKind, organization: string, most: number): Promise<number> {
    return (await this.db.queryFirst<{ count: number }>(COUNT, [kind, organization, most]))!.count;
  }

  async replace(record: NotificationRecord, read: number): Promise<boolean> {
    const { kind, organization, id, version, at, body } = recordRow(record);
    const values = [version, at, body, kind, organization, id, read];
    return (await this.db.write(() => this.db.run(REPLACE, values))) === 1;
  }

  async remove(kind: RecordKind, organization: string, id: string): Promise<boolean> {
    const sql = `DELETE FROM notifications WHERE ${KEY}`;
    return (await this.db.write(() => this.db.run(sql, [kind, organization, id]))) === 1;
  }

  async behind(kind: RecordKind, { at, organization, id }: RecordPlace, limit: number): Promise<NotificationRecord[]> {
    return (await this.db.query<RecordRow>(BEHIND, [kind, at, organization, id, limit])).map(readableRecord);
  }

  purge(kind: RecordKind, before: number, limit: number): Promise<number> {
    const sql = `DELETE FROM notifications WHERE kind = ? AND (organization, id) IN (${OLD})`;
    return this.db.write(() => this.db.run(sql, [kind, kind, before, limit]));
  }
}
