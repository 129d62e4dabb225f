import type { Sql, SqlRow } from './sql.js';

const SIZES = [64, 8, 1];

/** Placeholders for several rows of values: `(?, ?), (?, ?)`. */
export const placeholders = (rows: number, values: number): string =>
  Array.from({ length: rows }, () => `(${Array.from({ length: values }, () => '?').join(', ')})`).join(', ');

/** A statement over any number of rows, run in blocks: one call of the driver costs as much as several rows. */
export class RowBlocks {
  private readonly blocks: { size: number; sql: string }[];

  /** `statement` returns the SQL for this many rows. */
  constructor(statement: (size: number) => string) {
    this.blocks = SIZES.map((size) => ({ size, sql: statement(size) }));
  }

  /** Runs statements that return the `id` of each changed row; returns these ids. */
  returning(db: Sql, rows: readonly SqlRow[]): string[] {
    const ids: string[] = [];
    this.each(rows, (sql, values) => {
      for (const { id } of db.all<{ id: string }>(sql, values)) ids.push(id);
    });
    return ids;
  }

  /** Calls `run` with the SQL and the values of each block. */
  each(rows: readonly SqlRow[], run: (sql: string, values: SqlRow) => void): void {
    let done = 0;
    for (const { size, sql } of this.blocks) {
      for (; rows.length - done >= size; done += size) run(sql, rows.slice(done, done + size).flat());
    }
  }
}
