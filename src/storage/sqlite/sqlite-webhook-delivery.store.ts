import type { Page } from '../../domain/listing.js';
import { WebhookDeliveryStore, type Keep, type SourceKey } from '../../webhooks/ports/webhook-delivery.store.js';
import type { DeliveryResult, WebhookDelivery } from '../../webhooks/webhook-delivery.js';
import { deliveryRow, readableDelivery, type DeliveryRow } from '../readable-webhooks.js';
import { BulkInsert } from './bulk-insert.js';
import { Conditions } from './conditions.js';
import { notSince } from './not-since.js';
import type { SqliteConnection } from './sqlite-connection.js';

const COLUMNS = ['id', 'organization', 'source', 'at', 'result', 'bytes', 'delivery'] as const;
const SELECT = `SELECT ${COLUMNS.join(', ')} FROM webhook_deliveries`;
const OF_RESULT = 'source = ? AND result = ?';
/** The newest delivery of those that are not kept. */
const CUT = `SELECT id FROM (
    SELECT id, row_number() OVER (ORDER BY id DESC) AS place, sum(bytes) OVER (ORDER BY id DESC) AS total
    FROM webhook_deliveries WHERE ${OF_RESULT} ORDER BY id DESC
  ) WHERE place > ? OR total > ? LIMIT 1`;
const TRIM = `DELETE FROM webhook_deliveries WHERE ${OF_RESULT} AND id <= ? AND organization = ?`;
const OLD = `SELECT rowid FROM webhook_deliveries WHERE ${notSince('at')} ORDER BY at LIMIT ?`;

/** Keeps what came in at webhook sources in SQLite. */
export class SqliteWebhookDeliveryStore extends WebhookDeliveryStore {
  private readonly rows: BulkInsert;

  constructor(private readonly db: SqliteConnection) {
    super();
    this.rows = new BulkInsert(db, 'webhook_deliveries', COLUMNS);
  }

  async insert(deliveries: readonly WebhookDelivery[]): Promise<void> {
    const rows = deliveries.map(deliveryRow).map((row) => COLUMNS.map((name) => row[name]));
    await this.db.write(() => this.rows.run(rows));
  }

  async list(
    { organization, source }: SourceKey,
    { after, limit }: Page,
    result?: DeliveryResult,
  ): Promise<WebhookDelivery[]> {
    const where = new Conditions().and('source = ?', source).and('organization = ?', organization);
    where.and('result = ?', result).and('id < ?', after);
    const sql = `${SELECT} WHERE ${where.text} ORDER BY id DESC LIMIT ?`;
    return (await this.db.query<DeliveryRow>(sql, [...where.values, limit])).map(readableDelivery);
  }

  async find({ organization, source }: SourceKey, id: string): Promise<WebhookDelivery | null> {
    const sql = `${SELECT} WHERE source = ? AND id = ? AND organization = ?`;
    const row = await this.db.queryFirst<DeliveryRow>(sql, [source, id, organization]);
    return row ? readableDelivery(row) : null;
  }

  trim({ organization, source }: SourceKey, result: DeliveryResult, { most, bytes }: Keep): Promise<number> {
    return this.db.write(() => {
      const cut = this.db.first<{ id: string }>(CUT, [source, result, most, bytes]);
      return cut ? this.db.run(TRIM, [source, result, cut.id, organization]) : 0;
    });
  }

  purge(before: number, limit: number): Promise<number> {
    const sql = `DELETE FROM webhook_deliveries WHERE rowid IN (${OLD})`;
    return this.db.write(() => this.db.run(sql, [before, limit]));
  }
}
