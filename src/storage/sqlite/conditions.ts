import type { SqlRow, SqlValue } from './sql.js';

/** Gathers the conditions of a query, leaving out those whose value is not given. */
export class Conditions {
  readonly values: SqlRow = [];
  private readonly terms: string[] = [];

  /** Adds a condition with one `?`, unless there is no value for it. */
  and(term: string, value: SqlValue | undefined): this {
    if (value === undefined) return this;
    this.terms.push(term);
    this.values.push(value);
    return this;
  }

  get text(): string {
    return this.terms.join(' AND ');
  }
}
