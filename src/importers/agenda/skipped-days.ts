import { NotCarriedOver } from '../reading.js';

/**
 * A cron expression of five or six fields without the days of the week to skip. Agenda moves what falls on such a day to
 * the same time of the next other day; that is the same only if the expression has that day anyway.
 * @throws NotCarriedOver
 */
export function withoutDays(expression: string, skipped: readonly number[]): string {
  const fields = expression.split(' ');
  const [day, month, week] = fields.slice(-3) as [string, string, string];
  const weekdays = week === '*' ? [0, 1, 2, 3, 4, 5, 6] : week.split(',').map(Number);
  const kept = weekdays.filter((each) => !skipped.includes(each));
  const isPlain = day === '*' && month === '*' && weekdays.every((each) => Number.isInteger(each));
  if (!isPlain || kept.length === 0 || !weekdays.every((each) => kept.includes(landing(each, skipped)))) {
    throw new NotCarriedOver('moves runs from days that it skips to others, on which it has none otherwise');
  }
  return [...fields.slice(0, -1), kept.join(',')].join(' ');
}

/** The day of the week, or the next one that is not skipped. */
function landing(day: number, skipped: readonly number[]): number {
  let at = day;
  for (let tries = 0; tries < 7 && skipped.includes(at); tries++) at = (at + 1) % 7;
  return at;
}
