import type { SqlRow, SqlValue } from './sql.js';

/** Gathers the conditions of a query, leaving out those whose value is not given. */
export class Conditions {
  readonly values: SqlRow = [];
  private readonly terms: string[] = [];

  /** Adds a condition with a `?` for each value, unless one of them is not given. */
  and(term: string, ...values: (SqlValue | undefined)[]): this {
    const given = values.filter((value) => value !== undefined);
    if (given.length < values.length) return this;
    this.terms.push(term);
    this.values.push(...given);
    return this;
  }

  get text(): string {
    return this.terms.join(' AND ');
  }
}
