/** A value that SQLite stores. */
export type SqlValue = string | number | null;
export type SqlRow = SqlValue[];

/** Runs statements, each prepared once. */
export interface Sql {
  /** Runs a statement and tells how many rows it changed. */
  run(sql: string, values: SqlRow): number;

  /** The statement's rows. Their form is the caller's to know, as it is the caller's SQL. */
  all<Row>(sql: string, values: SqlRow): Row[];

  /** The statement's first row. */
  first<Row>(sql: string, values: SqlRow): Row | undefined;
}
