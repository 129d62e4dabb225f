import type { SqlRow, SqlValue } from './sql.js';

/** A condition with its values. */
export interface Term {
  readonly text: string;
  readonly values: SqlRow;
}

/** Collects the conditions of a query; skips conditions without a value. */
export class Conditions implements Term {
  readonly values: SqlRow = [];
  private readonly terms: string[] = [];

  /** A copy, to which further conditions can be added. */
  static of({ terms, values }: Conditions): Conditions {
    const copy = new Conditions();
    copy.terms.push(...terms);
    copy.values.push(...values);
    return copy;
  }

  /** Adds a condition with a `?` for each value, unless a value is undefined. */
  and(term: string, ...values: (SqlValue | undefined)[]): this {
    const given = values.filter((value) => value !== undefined);
    if (given.length < values.length || term === '') return this;
    this.terms.push(term);
    this.values.push(...given);
    return this;
  }

  /** Adds a condition unless it is empty. */
  andTerm({ text, values }: Term): this {
    return this.and(text, ...values);
  }

  get isEmpty(): boolean {
    return this.terms.length === 0;
  }

  get text(): string {
    return this.terms.join(' AND ');
  }
}
