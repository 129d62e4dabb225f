import type { Sql, SqlRow } from './sql.js';

/** One call of the driver costs as much as several rows, so that rows go in by the block. */
const BLOCK_SIZES = [64, 8, 1];

/** Inserts rows into the named columns of a table; a row whose key is there already is left out. */
export class BulkInsert {
  private readonly blocks: { size: number; sql: string }[];

  constructor(
    private readonly db: Sql,
    table: string,
    columns: readonly string[],
  ) {
    const row = `(${columns.map(() => '?').join(', ')})`;
    this.blocks = BLOCK_SIZES.map((size) => {
      const rows = Array.from({ length: size }, () => row).join(', ');
      return { size, sql: `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${rows} ON CONFLICT DO NOTHING` };
    });
  }

  /** Inserts the rows, inside the caller's transaction. */
  run(rows: readonly SqlRow[]): void {
    let done = 0;
    for (const { size, sql } of this.blocks) {
      for (; rows.length - done >= size; done += size) this.db.run(sql, rows.slice(done, done + size).flat());
    }
  }
}
