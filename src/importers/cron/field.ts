import { NotCarriedOver } from '../reading.js';

/** What numbers a field of a cron expression may hold. */
export interface Bounds {
  name: string;
  first: number;
  last: number;
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

export const SECOND: Bounds = { name: 'second', first: 0, last: 59 };
export const MINUTE: Bounds = { name: 'minute', first: 0, last: 59 };
export const HOUR: Bounds = { name: 'hour', first: 0, last: 23 };
export const DAY: Bounds = { name: 'day of month', first: 1, last: 31 };
export const MONTH: Bounds = { name: 'month', first: 1, last: 12, names: MONTHS };
/** The days of a week whose last is 6 (Saturday), or 7 (Sunday again). */
export const weekday = (last: 6 | 7): Bounds => ({ name: 'day of week', first: 0, last, names: WEEKDAYS });

/** One part of a field's list: its numbers in order, and how it is written. */
export interface Item {
  values: number[];
  isStar: boolean;
  step: number;
  /** Whether it is a number with a step, which not every cron reads alike. */
  isOpen: boolean;
}

const ITEM = /^(?:([*?])|([a-z]+|\d{1,4})(?:-([a-z]+|\d{1,4}))?)(?:\/(\d{1,4}))?$/i;

/** The list in a field. @throws NotCarriedOver when it cannot be read */
export const itemsOf = (text: string, bounds: Bounds): Item[] => text.split(',').map((part) => itemOf(part, bounds));

function itemOf(text: string, bounds: Bounds): Item {
  const match = ITEM.exec(text);
  if (!match) throw unreadable(text, bounds);
  const [, star, low, high, every] = match;
  const step = every === undefined ? 1 : Number(every);
  if (step === 0) throw unreadable(text, bounds);
  const isOpen = low !== undefined && high === undefined && every !== undefined;
  const from = low === undefined ? bounds.first : numberOf(low, bounds);
  const to = high === undefined ? (star || isOpen ? bounds.last : from) : numberOf(high, bounds);
  if (from > to) throw unreadable(text, bounds);
  const values = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return { values, isStar: star !== undefined, step, isOpen };
}

function numberOf(text: string, bounds: Bounds): number {
  const { first, last, names } = bounds;
  const name = names?.indexOf(text.toLowerCase()) ?? -1;
  const value = name >= 0 ? name + first : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= first && value <= last)) throw unreadable(text, bounds);
  return value;
}

const unreadable = (text: string, { name }: Bounds): NotCarriedOver =>
  new NotCarriedOver(
    `has ${JSON.stringify(text)} in its ${name}, which its cron refuses, or only this service cannot read`,
  );

/** The numbers of a field, each once and in order; the week has one Sunday. */
export function valuesOf(items: readonly Item[], { name }: Bounds): number[] {
  const isWeek = name === 'day of week';
  const values = items.flatMap((item) => item.values).map((value) => (isWeek ? value % 7 : value));
  return [...new Set(values)].toSorted((a, b) => a - b);
}

/** The list of a field's numbers, or a star for all that there are, however they are written. */
export function listOf(text: string, bounds: Bounds): string {
  const values = valuesOf(itemsOf(text, bounds), bounds);
  return isWhole(values, bounds) ? '*' : values.join(',');
}

/** Whether the numbers are all that there are. */
const isWhole = (values: readonly number[], { first, last, name }: Bounds): boolean =>
  values.length === (name === 'day of week' ? 7 : last - first + 1);
