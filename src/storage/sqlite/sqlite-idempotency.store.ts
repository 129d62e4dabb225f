import {
  IdempotencyStore,
  type IdempotencyRecord,
  type IdempotentRequest,
} from '../../idempotency/idempotency.store.js';
import { readableRequest } from '../readable-request.js';
import { notSince } from './not-since.js';
import type { SqlRow } from './sql.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** `body_hash` holds the fingerprint, and `response` the sealed answer. */
interface RequestRow {
  body_hash: string;
  begun_at: number;
  response: string | null;
}

const SAME = 'organization = ? AND route = ? AND key = ?';
const BEGIN = `INSERT INTO idempotent_requests (organization, route, key, body_hash, begun_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO NOTHING`;

const keyOf = ({ organization, operation, key }: IdempotentRequest): SqlRow => [organization, operation, key];

const recordFrom = ({ body_hash, begun_at, response }: RequestRow): IdempotencyRecord =>
  readableRequest(() => ({ fingerprint: body_hash, begunAt: begun_at, answer: response }));

/** Remembers requests by their idempotency key in SQLite. */
export class SqliteIdempotencyStore extends IdempotencyStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  begin(request: IdempotentRequest, fingerprint: string, now: number): Promise<IdempotencyRecord | null> {
    const sql = `SELECT body_hash, begun_at, response FROM idempotent_requests WHERE ${SAME}`;
    return this.db.write(() => {
      if (this.db.run(BEGIN, [...keyOf(request), fingerprint, now]) === 1) return null;
      return recordFrom(this.db.first<RequestRow>(sql, keyOf(request))!);
    });
  }

  async complete(request: IdempotentRequest, answer: string): Promise<void> {
    const sql = `UPDATE idempotent_requests SET response = ? WHERE ${SAME}`;
    await this.db.write(() => this.db.run(sql, [answer, ...keyOf(request)]));
  }

  async forget(request: IdempotentRequest): Promise<void> {
    await this.db.write(() => this.db.run(`DELETE FROM idempotent_requests WHERE ${SAME}`, keyOf(request)));
  }

  purge(before: number, limit: number): Promise<number> {
    const old = `SELECT rowid FROM idempotent_requests WHERE ${notSince('begun_at')} ORDER BY begun_at LIMIT ?`;
    return this.db.write(() => this.db.run(`DELETE FROM idempotent_requests WHERE rowid IN (${old})`, [before, limit]));
  }
}
