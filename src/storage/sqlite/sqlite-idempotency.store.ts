import {
  IdempotencyStore,
  type IdempotencyRecord,
  type IdempotentRequest,
  type IdempotentResponse,
} from '../../rest/idempotency.store.js';
import type { SqlRow } from './sql.js';
import type { SqliteConnection } from './sqlite-connection.js';

interface RequestRow {
  body_hash: string;
  begun_at: number;
  response: string | null;
}

const SAME = 'organization = ? AND route = ? AND key = ?';
const BEGIN = `INSERT INTO idempotent_requests (organization, route, key, body_hash, begun_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`;

const keyOf = ({ organization, route, key }: IdempotentRequest): SqlRow => [organization, route, key];

const recordFrom = ({ body_hash, begun_at, response }: RequestRow): IdempotencyRecord => ({
  bodyHash: body_hash,
  begunAt: begun_at,
  response: response === null ? null : (JSON.parse(response) as IdempotentResponse),
});

/** Remembers requests by their idempotency key in SQLite. */
export class SqliteIdempotencyStore extends IdempotencyStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  begin(request: IdempotentRequest, now: number): Promise<IdempotencyRecord | null> {
    const sql = `SELECT body_hash, begun_at, response FROM idempotent_requests WHERE ${SAME}`;
    return this.db.write(() => {
      if (this.db.run(BEGIN, [...keyOf(request), request.bodyHash, now]) === 1) return null;
      return recordFrom(this.db.first<RequestRow>(sql, keyOf(request))!);
    });
  }

  async complete(request: IdempotentRequest, response: IdempotentResponse): Promise<void> {
    const sql = `UPDATE idempotent_requests SET response = ? WHERE ${SAME}`;
    await this.db.write(() => this.db.run(sql, [JSON.stringify(response), ...keyOf(request)]));
  }

  async forget(request: IdempotentRequest): Promise<void> {
    await this.db.write(() => this.db.run(`DELETE FROM idempotent_requests WHERE ${SAME}`, keyOf(request)));
  }

  purge(before: number, limit: number): Promise<number> {
    const old = 'SELECT rowid FROM idempotent_requests WHERE begun_at < ? ORDER BY begun_at LIMIT ?';
    return this.db.write(() => this.db.run(`DELETE FROM idempotent_requests WHERE rowid IN (${old})`, [before, limit]));
  }
}
