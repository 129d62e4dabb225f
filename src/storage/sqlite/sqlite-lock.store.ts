import { LockStore } from '../../locking/lock.store.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** The clock of the machine that holds the file; all processes share it. */
const NOW = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;
/** A lock whose end cannot be read has ended: everything else than a number is greater than one. */
const ALIVE = `(typeof(locks.expires_at) IN ('integer', 'real') AND locks.expires_at > ${NOW})`;
const GIVEN = '(SELECT value FROM json_each(?))';

const ACQUIRE = `INSERT INTO locks (key, owner, expires_at, life_ms)
  SELECT value, ?, ${NOW} + ?, ? FROM json_each(?) WHERE true
  ON CONFLICT (key) DO UPDATE
    SET owner = excluded.owner, expires_at = excluded.expires_at, life_ms = excluded.life_ms
    WHERE locks.owner = excluded.owner OR NOT (${ALIVE})
  RETURNING key`;
const RENEW = `UPDATE locks SET expires_at = ${NOW} + ?, life_ms = ? WHERE owner = ? AND ${ALIVE} RETURNING key`;
/**
 * A lock lasts longer than it was taken for where the clock was set back since. The dead hold it for one life more, as if
 * taken now; who lives renews it.
 */
const SHORTEN = `UPDATE locks SET expires_at = ${NOW} + life_ms WHERE expires_at > ${NOW} + life_ms`;
/** Nobody asks for the locks of a dead owner any more; they are deleted after a day. */
const FORGET = `DELETE FROM locks WHERE NOT (${ALIVE}) AND (expires_at < ${NOW} - 86400000 OR typeof(expires_at) NOT IN ('integer', 'real'))`;

/** Keeps the locks in SQLite. */
export class SqliteLockStore extends LockStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async acquire(keys: readonly string[], owner: string, lifeMs: number): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    return this.write(ACQUIRE, [owner, lifeMs, lifeMs, JSON.stringify(keys)]);
  }

  renew(owner: string, lifeMs: number): Promise<Set<string>> {
    return this.write(RENEW, [lifeMs, lifeMs, owner], [FORGET, SHORTEN]);
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

  private write(sql: string, values: (string | number)[], afterwards: readonly string[] = []): Promise<Set<string>> {
    return this.db.write(() => {
      const rows = this.db.all<{ key: string }>(sql, values);
      for (const statement of afterwards) this.db.run(statement, []);
      return new Set(rows.map(({ key }) => key));
    });
  }
}
