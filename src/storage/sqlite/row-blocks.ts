import type { Sql, SqlRow } from './sql.js';

const SIZES = [64, 8, 1];

/** Placeholders for several rows of values: `(?, ?), (?, ?)`. */
export const placeholders = (rows: number, values: number): string =>
  Array.from({ length: rows }, () => `(${Array.from({ length: values }, () => '?').join(', ')})`).join(', ');

/** The values of the rows, one after the other. A loop: `flat` takes several times as long. */
export function flattened(rows: readonly SqlRow[]): SqlRow {
  const values: SqlRow = [];
  for (const row of rows) for (const value of row) values.push(value);
  return values;
}

/** A statement over any number of rows, run in blocks: one call of the driver costs as much as several rows. */
export class RowBlocks {
  private readonly blocks: { count: number; sql: string }[];

  /** `statement` returns the SQL for this many rows of `width` values. */
  constructor(width: number, statement: (size: number) => string) {
    this.blocks = SIZES.map((size) => ({ count: size * width, sql: statement(size) }));
  }

  /** Runs statements that return the `id` of each changed row; returns these ids. */
  returning(db: Sql, values: SqlRow): string[] {
    const ids: string[] = [];
    this.each(values, (sql, block) => {
      for (const { id } of db.all<{ id: string }>(sql, block)) ids.push(id);
    });
    return ids;
  }

  /** Calls `run` with the SQL and the values of each block of the rows, whose values come one after the other. */
  each(values: SqlRow, run: (sql: string, block: SqlRow) => void): void {
    let done = 0;
    for (const { count, sql } of this.blocks) {
      for (; values.length - done >= count; done += count) run(sql, values.slice(done, done + count));
    }
  }
}
