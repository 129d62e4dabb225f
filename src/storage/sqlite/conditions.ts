import type { SqlRow, SqlValue } from './sql.js';

/** Gathers the conditions of a query, leaving out those whose value is not given. */
export class Conditions {
  readonly values: SqlRow = [];
  private readonly terms: string[] = [];

  /** The same conditions, to which others can be added. */
  static of({ terms, values }: Conditions): Conditions {
    const copy = new Conditions();
    copy.terms.push(...terms);
    copy.values.push(...values);
    return copy;
  }

  /** Adds a condition with a `?` for each value, unless one of them is not given. */
  and(term: string, ...values: (SqlValue | undefined)[]): this {
    const given = values.filter((value) => value !== undefined);
    if (given.length < values.length || term === '') return this;
    this.terms.push(term);
    this.values.push(...given);
    return this;
  }

  get isEmpty(): boolean {
    return this.terms.length === 0;
  }

  get text(): string {
    return this.terms.join(' AND ');
  }
}
