import { LRUCache } from 'lru-cache';
import { parseCron } from '../cron-fields.js';
import { LocalSchedule } from '../local-schedule.js';
import { DAY_OF_MONTH, DAY_OF_WEEK, MONTH, type CronField } from './cron-field.js';
import { fieldTextsOf } from './expression-text.js';
import { isHashed } from './hashed-choice.js';

/** What was found out lately: the answer is the same for every task that shares the expression. */
const answers = new LRUCache<string, boolean>({ max: 1000 });

/** Whether an expression that can be read would never fire for some of the values that its `H`s may stand for. */
export function sometimesImpossible(expression: string): boolean {
  if (!isHashed(expression)) return false;
  let answer = answers.get(expression);
  if (answer === undefined) answers.set(expression, (answer = anyCombinationIsImpossible(expression)));
  return answer;
}

/** Tries every day of the month in every month and on every weekday that an `H` may choose. */
function anyCombinationIsImpossible(expression: string): boolean {
  const [, , , day, month, weekday] = fieldTextsOf(expression);
  const choices = (text: string, { last, min }: CronField) =>
    isHashed(text) ? Array.from({ length: last - min + 1 }, (_, index) => index) : [0];
  return choices(day, DAY_OF_MONTH).some((inDay) =>
    choices(month, MONTH).some((inMonth) =>
      choices(weekday, DAY_OF_WEEK).some((inWeekday) => {
        const chosen = new Map([
          [DAY_OF_MONTH, inDay],
          [MONTH, inMonth],
          [DAY_OF_WEEK, inWeekday],
        ]);
        const fields = parseCron(expression, (field, span) => (chosen.get(field) ?? 0) % span);
        return new LocalSchedule(fields).next(Date.UTC(1970, 0, 1)) === null;
      }),
    ),
  );
}
