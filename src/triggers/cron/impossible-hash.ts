import { boundedCache } from '../../domain/bounded-cache.js';
import { DAY_OF_MONTH, DAY_OF_WEEK, MONTH, YEAR, type CronField } from './cron-field.js';
import { dayOfMonthMask, dayOfWeekMask, masksOf, needsBothDays } from './day-rules.js';
import { fieldTextsOf } from './expression-text.js';
import { valuesOfField } from './field-values.js';
import { isHashed, type HashedChoice } from './hashed-choice.js';
import { shapesOfMonth } from './month-shapes.js';

/** Recent answers: every task that shares an expression gets the same one. */
const answers = boundedCache<boolean>(1000);

/** Whether a valid expression would never fire for some of the values that its `H`s may take. */
export function sometimesImpossible(expression: string): boolean {
  if (!isHashed(expression)) return false;
  let answer = answers.get(expression);
  if (answer === undefined) answers.set(expression, (answer = anyCombinationIsImpossible(expression)));
  return answer;
}

/**
 * Combines every day of the month, month and weekday that an `H` may choose. Each field is read once per choice; a
 * combination is impossible when no shape of its months has a matching day.
 */
function anyCombinationIsImpossible(expression: string): boolean {
  const [, , , day, month, weekday, year] = fieldTextsOf(expression);
  const dates = choicesOf(day, DAY_OF_MONTH).map((choose) => masksOf(dayOfMonthMask(day, choose)));
  const weekdays = choicesOf(weekday, DAY_OF_WEEK).map((choose) => masksOf(dayOfWeekMask(weekday, choose)));
  const shapes = shapesByChoice(month, year);
  const both = needsBothDays(day, weekday);
  const takes = (a: Int32Array, b: Int32Array) => (shape: number) =>
    (both ? a[shape]! & b[shape]! : a[shape]! | b[shape]!) !== 0;
  return dates.some((date) => weekdays.some((ofWeek) => shapes.some((there) => !there.some(takes(date, ofWeek)))));
}

/** For each month that the `H` of a field may choose, the shapes of that month in the years of the expression. */
function shapesByChoice(month: string, year: string | null): number[][] {
  const years = year === null || /^[*?]$/.test(year) ? null : new Set(valuesOfField(YEAR, year, () => 0));
  const ofMonth = Array.from({ length: MONTH.last }, (_, index) => shapesOfMonth(index + 1, years));
  return choicesOf(month, MONTH).map((choose) => {
    const months = valuesOfField(MONTH, month, choose);
    return [...new Set(months.flatMap((each) => [...ofMonth[each - 1]!]))];
  });
}

const choicesOf = (text: string, { last, min }: CronField): HashedChoice[] =>
  Array.from({ length: isHashed(text) ? last - min + 1 : 1 }, (_, index) => (_field, span) => index % span);
