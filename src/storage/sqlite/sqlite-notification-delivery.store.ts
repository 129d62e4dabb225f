import type { Page } from '../../domain/listing.js';
import type { DeliveryStatus, NotificationDelivery } from '../../notifications/deliveries/delivery.js';
import { firstIdAt } from '../../domain/ids.js';
import {
  NotificationDeliveryStore,
  type DeliveryFilter,
} from '../../notifications/ports/notification-delivery.store.js';
import { notificationRow, readableNotification, type NotificationDeliveryRow } from '../readable-notifications.js';
import { BulkInsert } from './bulk-insert.js';
import { Conditions } from './conditions.js';
import { notSince } from './not-since.js';
import type { SqliteConnection } from './sqlite-connection.js';

const COLUMNS = ['organization', 'id', 'channel', 'status', 'version', 'at', 'due_at', 'delivery'] as const;
const SELECT =
  'SELECT organization, id, channel, status, version, at, due_at AS "dueAt", delivery FROM notification_deliveries';
const REPLACE =
  'UPDATE notification_deliveries SET status = ?, version = ?, due_at = ?, delivery = ? WHERE organization = ? AND id = ? AND version = ?';
const DUE = `${SELECT} WHERE due_at <= ? AND channel NOT IN (SELECT value FROM json_each(?)) ORDER BY due_at LIMIT ?`;
const COUNT =
  'SELECT count(*) AS count FROM (SELECT 1 FROM notification_deliveries WHERE organization = ? AND channel = ? AND status = ? LIMIT ?)';
const BEYOND =
  'SELECT id FROM notification_deliveries WHERE organization = ? AND channel = ? ORDER BY id DESC LIMIT 1 OFFSET ?';
const TRIM =
  'DELETE FROM notification_deliveries WHERE organization = ? AND channel = ? AND id <= ? AND due_at IS NULL';
const OLD = `SELECT rowid FROM notification_deliveries WHERE ${notSince('at')} ORDER BY at LIMIT ?`;

const valuesOf = (delivery: NotificationDelivery) => {
  const row = notificationRow(delivery);
  return [row.organization, row.id, row.channel, row.status, row.version, row.at, row.dueAt, row.delivery];
};

/** Keeps what goes out to channels in SQLite. */
export class SqliteNotificationDeliveryStore extends NotificationDeliveryStore {
  private readonly rows: BulkInsert;

  constructor(private readonly db: SqliteConnection) {
    super();
    this.rows = new BulkInsert(db, 'notification_deliveries', COLUMNS);
  }

  async list(
    organization: string,
    { channel, status, from, to }: DeliveryFilter,
    { after, limit }: Page,
  ): Promise<NotificationDelivery[]> {
    const where = new Conditions().and('organization = ?', organization).and('channel = ?', channel);
    where.and('status = ?', status).and('id < ?', after);
    where.and('id >= ?', from === undefined ? undefined : firstIdAt(from));
    where.and('id < ?', to === undefined ? undefined : firstIdAt(to));
    const sql = `${SELECT} WHERE ${where.text} ORDER BY id DESC LIMIT ?`;
    return (await this.db.query<NotificationDeliveryRow>(sql, [...where.values, limit])).map(readableNotification);
  }

  async insert(deliveries: readonly NotificationDelivery[]): Promise<void> {
    await this.db.write(() => this.rows.run(deliveries.map(valuesOf)));
  }

  async find(organization: string, id: string): Promise<NotificationDelivery | null> {
    const sql = `${SELECT} WHERE organization = ? AND id = ?`;
    const row = await this.db.queryFirst<NotificationDeliveryRow>(sql, [organization, id]);
    return row ? readableNotification(row) : null;
  }

  async replace(given: NotificationDelivery, read: number): Promise<boolean> {
    const { organization, id, status, version, dueAt, delivery } = notificationRow(given);
    const values = [status, version, dueAt, delivery, organization, id, read];
    return (await this.db.write(() => this.db.run(REPLACE, values))) === 1;
  }

  async due(now: number, limit: number, except: readonly string[]): Promise<NotificationDelivery[]> {
    const rows = await this.db.query<NotificationDeliveryRow>(DUE, [now, JSON.stringify(except), limit]);
    return rows.map(readableNotification);
  }

  async count(organization: string, channel: string, status: DeliveryStatus, most: number): Promise<number> {
    return (await this.db.queryFirst<{ count: number }>(COUNT, [organization, channel, status, most]))!.count;
  }

  trim(organization: string, channel: string, most: number): Promise<number> {
    return this.db.write(() => {
      const beyond = this.db.first<{ id: string }>(BEYOND, [organization, channel, most]);
      return beyond ? this.db.run(TRIM, [organization, channel, beyond.id]) : 0;
    });
  }

  purge(before: number, limit: number): Promise<number> {
    const sql = `DELETE FROM notification_deliveries WHERE rowid IN (${OLD})`;
    return this.db.write(() => this.db.run(sql, [before, limit]));
  }
}
