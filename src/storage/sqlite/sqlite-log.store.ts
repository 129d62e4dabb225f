import { LogStore, type LogChunk, type LogEntry } from '../../execution-log/log.store.js';
import { readableEntries } from '../readable-log.js';
import { BulkInsert } from './bulk-insert.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** How many chunks one query reads: a chunk may have half a million characters, or one line. */
const CHUNKS_AT_ONCE = 8;

interface ChunkRow {
  entries: string;
  first: number;
  last: number;
}

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
    const sql = `SELECT entries, first_sequence AS first, last_sequence AS last FROM log_chunks
      WHERE run_id = ? AND organization = ? AND last_sequence > ? AND first_sequence > ? ORDER BY first_sequence LIMIT ?`;
    const entries: LogEntry[] = [];
    for (let place = -1; ;) {
      const chunks = await this.db.query<ChunkRow>(sql, [runId, organization, after, place, CHUNKS_AT_ONCE]);
      for (const chunk of chunks) {
        // Two instances may have written alternately, so a later chunk can hold an earlier entry.
        if (entries.length >= limit && entries[limit - 1]!.sequence < chunk.first) return entries.slice(0, limit);
        entries.push(...readableEntries(chunk).filter(({ sequence }) => sequence > after));
        entries.sort((a, b) => a.sequence - b.sequence);
      }
      if (chunks.length < CHUNKS_AT_ONCE) return entries.slice(0, limit);
      place = chunks.at(-1)!.first;
    }
  }
}
