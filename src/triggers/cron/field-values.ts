import { refuse, type CronField } from './cron-field.js';
import type { HashedChoice } from './hashed-choice.js';

/** The values of a whole field, ascending, each once. @throws Error with a sentence */
export function valuesOfField(field: CronField, text: string, choose: HashedChoice): number[] {
  const values = [...new Set(itemsOf(field, text))].flatMap((item) => valuesOfItem(field, item, choose));
  return [...new Set(values)].sort((a, b) => a - b);
}

/** The comma separated parts of a field; a `?` that stands alone counts as `*`. */
export function itemsOf(field: CronField, text: string): string[] {
  const items = (text === '?' ? '*' : text).split(',');
  if (items.includes('')) refuse(field, text, 'is not a list: a value is missing beside a comma');
  return items;
}

/** The values of `*`, a value, a range or an `H`, each with or without a step. */
export function valuesOfItem(field: CronField, item: string, choose: HashedChoice): number[] {
  const [base = '', step, ...more] = item.split('/');
  if (more.length > 0) refuse(field, item, 'must not have more than one "/"');
  const width = step === undefined ? null : stepOf(field, item, step);
  if (/^H/i.test(base)) return hashedValues(field, item, base, width, choose);
  const [low, high] = base === '*' ? [field.min, field.last] : spanOf(field, item, base, width !== null);
  return sequence(field, low, high, width ?? 1);
}

/** Reads a number or a name as a value of the field; `item` is the text that a refusal quotes. */
export function valueOf(field: CronField, item: string, text: string): number {
  const value = field.names.get(text.toUpperCase()) ?? (/^\d{1,4}$/.test(text) ? Number(text) : null);
  if (value === null) refuse(field, item, `is not ${KINDS(field)}`);
  if (value < field.min || value > field.max) refuse(field, item, `is not within ${field.min} to ${field.max}`);
  return value;
}

const KINDS = ({ names }: CronField): string =>
  names.size > 0 ? 'a number, a name or a range' : 'a number or a range';

function stepOf(field: CronField, item: string, text: string): number {
  const step = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (step === 0) refuse(field, item, 'must have a whole number above 0 after "/"');
  return step;
}

/** The first and the last value of a base; a range past the end of the field continues at its start. */
function spanOf(field: CronField, item: string, base: string, open: boolean): [number, number] {
  const [from = '', to, ...more] = base.split('-');
  if (more.length > 0) refuse(field, item, 'is not a range of two values');
  const low = valueOf(field, item, from);
  if (to === undefined) return open ? [low % (field.last + 1), field.last] : [low, low];
  return wrapped(field, item, low, valueOf(field, item, to));
}

function wrapped(field: CronField, item: string, low: number, high: number): [number, number] {
  if (low <= high) return [low, high];
  if (field.cycle === null) refuse(field, item, 'must not run backwards');
  // Sunday written as 7 starts the week when it starts a range.
  const start = low % (field.last + 1);
  return [start, start <= high ? high : high + field.cycle];
}

function hashedValues(
  field: CronField,
  item: string,
  base: string,
  width: number | null,
  choose: HashedChoice,
): number[] {
  if (field.cycle === null) refuse(field, item, 'is not possible: a year cannot be hashed');
  const [, from, to] =
    /^H(?:\((\w+)-(\w+)\))?$/i.exec(base) ?? refuse(field, item, 'is not H, H(a-b), H/n or H(a-b)/n');
  const [low, high] =
    from === undefined || to === undefined
      ? [field.min, field.hashedTo]
      : wrapped(field, item, valueOf(field, item, from), valueOf(field, item, to));
  const span = high - low + 1;
  if (width === null) return sequence(field, low + choose(field, span), -1, 1);
  return sequence(field, low + choose(field, Math.min(width, span)), high, width);
}

/**
 * The values from `low` by steps up to `high`, always including `low`; values past the end continue at the field's
 * start.
 */
function sequence({ min, cycle }: CronField, low: number, high: number, width: number): number[] {
  const values: number[] = [];
  let value = low;
  do values.push(cycle === null ? value : min + ((value - min) % cycle));
  while ((value += width) <= high);
  return values;
}
