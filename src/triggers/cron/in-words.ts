import cronstrue from 'cronstrue';
import { CRON_FIELDS, DAY_OF_MONTH, DAY_OF_WEEK, YEAR, type CronField } from './cron-field.js';
import { needsBothDays } from './day-rules.js';
import { fieldTextsOf } from './expression-text.js';
import { isHashed } from './hashed-choice.js';
import { itemsOf } from './field-values.js';

/** Describes in words when a valid expression fires. An expression beyond words is quoted. */
export function cronInWords(expression: string): string {
  const text = expression.trim().replaceAll(/\s+/g, ' ');
  if (isHashed(text)) return `By the expression "${text}", in which each H stands for a value of the task's own`;
  const fields = fieldTextsOf(text).map((field, index) => (field === null ? '' : plain(CRON_FIELDS[index]!, field)));
  if (isBeyondWords(fields)) return `By the expression "${text}"`;
  try {
    return cronstrue.toString(fields.join(' ').trim(), {
      use24HourTimeFormat: true,
      verbose: true,
      logicalAndDayFields: needsBothDays(fields[3]!, fields[5]!),
    });
  } catch {
    return `By the expression "${text}"`;
  }
}

/** Whether the day field has workdays in a list or before the end of the month. */
const isBeyondWords = ([, , , day = '']: readonly string[]): boolean => /W/.test(day) && !/^(\d+W|LW)$/.test(day);

/** The field in the notation that cronstrue reads: each item once, names short, Sunday as 0. */
function plain(field: CronField, text: string): string {
  const items = itemsOf(field, text.toUpperCase()).map((item) => plainItem(field, item));
  return items.includes('*') ? '*' : [...new Set(items)].join(',');
}

function plainItem(field: CronField, item: string): string {
  const short = item.replaceAll(/[A-Z]{4,}/g, (name) => name.slice(0, 3) + (name.endsWith('DAYL') ? 'L' : ''));
  if (field === DAY_OF_WEEK) return plainWeekday(short);
  if (field === DAY_OF_MONTH) return short.replace(/^L-0+(?=W?$)/, 'L');
  const [base = '', step] = short.split('/');
  if (step === undefined) return base;
  if (field === YEAR) return `${/^\d+$/.test(base) ? `${base}-${YEAR.last}` : base}/${step}`;
  const first = base === '*' ? String(field.min) : base;
  // With a step past the end of the field only the first value remains.
  return Number(step) > field.last - field.min && /^\w+$/.test(first) ? first : short;
}

const plainWeekday = (item: string): string => item.replace(/#L$/, 'L').replace(/^(7|SUN)(?=$|L$|#)/, '0');
