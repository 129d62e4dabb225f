/** A value that SQLite stores. */
export type SqlValue = string | number | null;
export type SqlRow = SqlValue[];

/** Runs statements, each prepared once. */
export interface Sql {
  /** Runs a statement and returns the number of changed rows. */
  run(sql: string, values: SqlRow): number;

  /** The statement's rows. The caller knows their form, since it wrote the SQL. */
  all<Row>(sql: string, values: SqlRow): Row[];

  /** The statement's first row. */
  first<Row>(sql: string, values: SqlRow): Row | undefined;
}
