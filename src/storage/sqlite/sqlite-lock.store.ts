import { LockStore } from '../../locking/lock.store.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** The clock of the machine that holds the file; all processes share it. */
const NOW = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;
/** A lock whose end cannot be read has ended: everything else than a number is greater than one. */
const ALIVE = `(typeof(locks.expires_at) IN ('integer', 'real') AND locks.expires_at > ${NOW})`;
const GIVEN = '(SELECT value FROM json_each(?))';

const ACQUIRE = `INSERT INTO locks (key, owner, expires_at)
  SELECT value, ?, ${NOW} + ? FROM json_each(?) WHERE true
  ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
    WHERE locks.owner = excluded.owner OR NOT (${ALIVE})
  RETURNING key`;
const RENEW = `UPDATE locks SET expires_at = ${NOW} + ? WHERE owner = ? AND ${ALIVE} RETURNING key`;
/** Nobody asks for the locks of a dead owner any more; they are deleted after a day. */
const FORGET = `DELETE FROM locks WHERE NOT (${ALIVE}) AND (expires_at < ${NOW} - 86400000 OR typeof(expires_at) NOT IN ('integer', 'real'))`;

/** Keeps the locks in SQLite. */
export class SqliteLockStore extends LockStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async acquire(keys: readonly string[], owner: string, lifeMs: number): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    return this.write(ACQUIRE, [owner, lifeMs, JSON.stringify(keys)]);
  }

  renew(owner: string, lifeMs: number): Promise<Set<string>> {
    return this.write(RENEW, [lifeMs, owner], FORGET);
  }

  async release(keys: readonly string[], owner: string): Promise<void> {
    if (keys.length === 0) return;
    const sql = `DELETE FROM locks WHERE key IN ${GIVEN} AND owner = ?`;
    await this.db.write(() => this.db.run(sql, [JSON.stringify(keys), owner]));
  }

  async holders(keys: readonly string[]): Promise<Map<string, string>> {
    const sql = `SELECT key, owner FROM locks WHERE key IN ${GIVEN} AND ${ALIVE}`;
    const rows = await this.db.query<{ key: string; owner: string }>(sql, [JSON.stringify(keys)]);
    return new Map(rows.map(({ key, owner }) => [key, owner]));
  }

  async remaining(keys: readonly string[]): Promise<Map<string, number>> {
    const sql = `SELECT key, expires_at - ${NOW} AS life FROM locks WHERE key IN ${GIVEN} AND ${ALIVE}`;
    const rows = await this.db.query<{ key: string; life: number }>(sql, [JSON.stringify(keys)]);
    return new Map(rows.map(({ key, life }) => [key, life]));
  }

  private write(sql: string, values: (string | number)[], afterwards?: string): Promise<Set<string>> {
    return this.db.write(() => {
      const rows = this.db.all<{ key: string }>(sql, values);
      if (afterwards) this.db.run(afterwards, []);
      return new Set(rows.map(({ key }) => key));
    });
  }
}
