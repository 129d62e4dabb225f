import { LogStore, type LogChunk, type LogEntry } from '../../execution-log/log.store.js';
import { BulkInsert } from './bulk-insert.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** Keeps the logs in SQLite, a row for each chunk. */
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

  async list(organization: string, runId: string, after: number, limit: number): Promise<LogEntry[]> {
    // Each of these chunks has an entry to show, so that no more of them than entries are needed.
    const sql = `SELECT entries FROM log_chunks WHERE run_id = ? AND organization = ? AND last_sequence > ?
      ORDER BY first_sequence LIMIT ?`;
    const rows = await this.db.read(() => this.db.all<{ entries: string }>(sql, [runId, organization, after, limit]));
    return rows
      .flatMap(({ entries }) => JSON.parse(entries) as LogEntry[])
      .filter(({ sequence }) => sequence > after)
      .sort((a, b) => a.sequence - b.sequence)
      .slice(0, limit);
  }
}
