import type { Page } from '../../domain/listing.js';
import { WebhookSourceStore } from '../../webhooks/ports/webhook-source.store.js';
import type { WebhookSource } from '../../webhooks/webhook-source.js';
import { readableSource, sourceRow, type SourceRow } from '../readable-webhooks.js';
import { Conditions } from './conditions.js';
import type { SqliteConnection } from './sqlite-connection.js';

const SELECT = 'SELECT id, organization, version, source FROM webhook_sources';
const INSERT = 'INSERT INTO webhook_sources (id, organization, version, source) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'; // prettier-ignore
const REPLACE = 'UPDATE webhook_sources SET version = ?, source = ? WHERE organization = ? AND id = ? AND version = ?';
const COUNT = 'SELECT count(*) AS count FROM (SELECT 1 FROM webhook_sources WHERE organization = ? LIMIT ?)';

/** Keeps webhook sources in SQLite. */
export class SqliteWebhookSourceStore extends WebhookSourceStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async insert(given: WebhookSource): Promise<boolean> {
    const { id, organization, version, source } = sourceRow(given);
    return (await this.db.write(() => this.db.run(INSERT, [id, organization, version, source]))) === 1;
  }

  async find(id: string): Promise<WebhookSource | null> {
    const row = await this.db.queryFirst<SourceRow>(`${SELECT} WHERE id = ?`, [id]);
    return row ? readableSource(row) : null;
  }

  async list(organization: string, { after, limit }: Page): Promise<WebhookSource[]> {
    const where = new Conditions().and('organization = ?', organization).and('id < ?', after);
    const sql = `${SELECT} WHERE ${where.text} ORDER BY id DESC LIMIT ?`;
    return (await this.db.query<SourceRow>(sql, [...where.values, limit])).map(readableSource);
  }

  async count(organization: string, most: number): Promise<number> {
    return (await this.db.queryFirst<{ count: number }>(COUNT, [organization, most]))!.count;
  }

  async replace(given: WebhookSource, read: number): Promise<boolean> {
    const { id, organization, version, source } = sourceRow(given);
    return (await this.db.write(() => this.db.run(REPLACE, [version, source, organization, id, read]))) === 1;
  }

  async remove(organization: string, id: string): Promise<boolean> {
    const sql = 'DELETE FROM webhook_sources WHERE organization = ? AND id = ?';
    return (await this.db.write(() => this.db.run(sql, [organization, id]))) === 1;
  }

  async page(after: string, limit: number): Promise<WebhookSource[]> {
    const sql = `${SELECT} WHERE id > ? ORDER BY id LIMIT ?`;
    return (await this.db.query<SourceRow>(sql, [after, limit])).map(readableSource);
  }
}
