import { LogStore, type LogChunk, type LogEntry } from '../../execution-log/log.store.js';
import { readableEntries } from '../readable-log.js';
import { BulkInsert } from './bulk-insert.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** Keeps the logs in SQLite, one row per chunk. */
export class SqliteLogStore extends LogStore {
  private readonly chunks: BulkInsert;

  constructor(private readonly db: SqliteConnection) {
    super();
    const columns = ['run_id', 'first_sequence', 'last_sequence', 'organization', 'entries'];
    this.chunks = new BulkInsert(db, 'log_chunks', columns);
  }

  async append(chunks: readonly LogChunk[]): Promise<void> {
    if (chunks.length === 0) return;
    const rows = chunks.map(({ organization, runId, entries }) => {
      const [first, last] = [entries[0]!.sequence, entries.at(-1)!.sequence];
      return [runId, first, last, organization, JSON.stringify(entries)];
    });
    await this.db.write(() => this.chunks.run(rows));
  }

  async lastBelow(organization: string, runId: string, below: number): Promise<number | null> {
    const sql = `SELECT MAX(last_sequence) AS last FROM log_chunks WHERE run_id = ? AND organization = ? AND first_sequence < ?`;
    const [row] = await this.db.query<{ last: number | null }>(sql, [runId, organization, below]);
    return row?.last ?? null;
  }

  async list(organization: string, runId: string, after: number, limit: number): Promise<LogEntry[]> {
    // Each of these chunks has a matching entry, so `limit` chunks suffice.
    const sql = `SELECT entries, last_sequence AS last FROM log_chunks WHERE run_id = ? AND organization = ? AND last_sequence > ?
      ORDER BY first_sequence LIMIT ?`;
    const rows = await this.db.query<{ entries: string; last: number }>(sql, [runId, organization, after, limit]);
    return rows
      .flatMap(readableEntries)
      .filter(({ sequence }) => sequence > after)
      .sort((a, b) => a.sequence - b.sequence)
      .slice(0, limit);
  }
}
