import type { Sql, SqlRow } from './sql.js';

const SIZES = [64, 8, 1];

/** Placeholders for so many rows of so many values: `(?, ?), (?, ?)`. */
export const placeholders = (rows: number, values: number): string =>
  Array.from({ length: rows }, () => `(${Array.from({ length: values }, () => '?').join(', ')})`).join(', ');

/** A statement over any number of rows: one call of the driver costs as much as several rows, so they go by the block. */
export class RowBlocks {
  private readonly blocks: { size: number; sql: string }[];

  /** `statement` gives the SQL for so many rows at once. */
  constructor(statement: (size: number) => string) {
    this.blocks = SIZES.map((size) => ({ size, sql: statement(size) }));
  }

  /** Runs statements that return the `id` of each row that they changed; those ids. */
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
