import { HOUR, MINUTE, MONTH, SECOND, YEAR } from './cron/cron-field.js';
import { dayRule, type DayRule } from './cron/day-rules.js';
import { fieldTextsOf } from './cron/expression-text.js';
import { valuesOfField } from './cron/field-values.js';
import { choiceOf, type HashedChoice } from './cron/hashed-choice.js';

export type { LocalDay } from './cron/day-rules.js';

/** The requirements of a cron expression on a local date and time. */
export interface CronFields {
  /** Ascending, each once. */
  seconds: readonly number[];
  minutes: readonly number[];
  hours: readonly number[];
  /** 1 to 12. */
  months: ReadonlySet<number>;
  /** Null when every year matches. */
  years: ReadonlySet<number> | null;
  /** Whether the expression's day fields match this day of a matching month. */
  takesDay: DayRule;
  /**
   * True when the expression means "at each turn of the clock" (its hour, minute or second is starred or stepped)
   * rather than fixed times of the day; decides what happens when the clocks change, as in Vixie cron.
   */
  followsClock: boolean;
}

/**
 * Reads a cron expression: five fields, six with seconds first, seven with a year last, or a nickname. `choose` decides
 * for each `H`. @throws Error with a sentence
 */
export function parseCron(expression: string, choose: HashedChoice = choiceOf('')): CronFields {
  const [second, minute, hour, day, month, weekday, year] = fieldTextsOf(expression);
  return {
    seconds: valuesOfField(SECOND, second, choose),
    minutes: valuesOfField(MINUTE, minute, choose),
    hours: valuesOfField(HOUR, hour, choose),
    months: new Set(valuesOfField(MONTH, month, choose)),
    years: year === null || /^[*?]$/.test(year) ? null : new Set(valuesOfField(YEAR, year, choose)),
    takesDay: dayRule(day, weekday, choose),
    followsClock: [second, minute, hour].some((text) => /[*/?]/.test(text)),
  };
}
