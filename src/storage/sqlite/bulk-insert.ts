import { flattened, placeholders, RowBlocks } from './row-blocks.js';
import type { Sql, SqlRow } from './sql.js';

/** Inserts rows into the named columns of a table; skips rows whose key exists already. */
export class BulkInsert {
  private readonly blocks: RowBlocks;

  constructor(
    private readonly db: Sql,
    table: string,
    columns: readonly string[],
  ) {
    const into = `INSERT INTO ${table} (${columns.join(', ')})`;
    this.blocks = new RowBlocks(
      columns.length,
      (size) => `${into} VALUES ${placeholders(size, columns.length)} ON CONFLICT DO NOTHING`,
    );
  }

  /** Inserts the rows, inside the caller's transaction. */
  run(rows: readonly SqlRow[]): void {
    this.blocks.each(flattened(rows), (sql, values) => this.db.run(sql, values));
  }
}
