import { quoted } from './cron-field.js';
import { CRONTAB_NICKNAMES, PACKAGE_NICKNAMES } from './nicknames.js';

const NICKNAMES = new Map([...CRONTAB_NICKNAMES, ...PACKAGE_NICKNAMES]);

/** Some other letters and digits look like ASCII, or equal ASCII letters when case is ignored. */
const NOT_ASCII = /[^\t\n\v\f\r -~]/;

/** The seven fields of an expression; the year is null when the expression has none, which means every year. */
export type FieldTexts = [string, string, string, string, string, string, string | null];

/** Splits an expression of five, six or seven fields, or a nickname, into its fields. @throws Error with a sentence */
export function fieldTextsOf(expression: string): FieldTexts {
  if (NOT_ASCII.test(expression)) throw new Error('must consist of ASCII letters, digits, signs and blanks alone');
  const text = expression.trim();
  const fields = (text.startsWith('@') ? meaningOf(text) : text).split(/\s+/).filter((field) => field !== '');
  if (fields.length < 5 || fields.length > 7) {
    throw new Error(
      `must have five fields, six with seconds first, or seven with seconds first and a year last, not ${fields.length}`,
    );
  }
  const [second, minute, hour, day, month, weekday, year] = fields.length === 5 ? ['0', ...fields] : fields;
  if (!year && /^\d{4}\b/.test(weekday!)) refuseYear(weekday!);
  return [second!, minute!, hour!, day!, month!, weekday!, year ?? null];
}

function meaningOf(nickname: string): string {
  const name = nickname.toLowerCase();
  const meaning = NICKNAMES.get(name);
  if (meaning) return meaning;
  if (name === '@reboot') throw new Error('must not be "@reboot": a task belongs to no machine that could start');
  if (name.startsWith('@every')) throw new Error('must not be "@every": a trigger of type "interval" does that');
  throw new Error(`is not a nickname: ${quoted(nickname)}; there are ${[...NICKNAMES.keys()].join(', ')}`);
}

function refuseYear(text: string): never {
  throw new Error(
    `the day of week field has ${quoted(text)}, which is not within 0 to 7; a year must be the last of seven fields`,
  );
}
