import { createHash } from 'node:crypto';
import type { CronField } from './cron-field.js';

/** Chooses one of `span` values (0 up to span − 1) for the `H` of a field. */
export type HashedChoice = (field: CronField, span: number) => number;

/** The choice for a seed: always the same for one seed, spread evenly over seeds and fields. */
export function choiceOf(seed: string): HashedChoice {
  const numbers = new Map<CronField, number>();
  return (field, span) => {
    let number = numbers.get(field);
    if (number === undefined) numbers.set(field, (number = numberOf(field, seed)));
    return number % span;
  };
}

const numberOf = ({ name }: CronField, seed: string): number =>
  createHash('sha256').update(`${name}\0${seed}`).digest().readUIntBE(0, 6);

/** Whether an expression has an `H`, so that its times depend on the seed. */
export const isHashed = (expression: string): boolean => /(^|[\s,])H/i.test(expression);
