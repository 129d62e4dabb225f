import { CRONTAB_NICKNAMES } from '../../triggers/cron/nicknames.js';
import { NotCarriedOver } from '../reading.js';
import { DAY, HOUR, itemsOf, MINUTE, MONTH, weekday, type Bounds } from './field.js';

const FIELDS = [MINUTE, HOUR, DAY, MONTH, weekday(7)];
const NICKNAMES = new Map([...CRONTAB_NICKNAMES, ['@every_minute', '* * * * *'], ['@every_second', '* * * * * *']]);

/** A cron expression of a crontab in our dialect, and what is different. */
export interface Translation {
  expression: string;
  differences: string[];
}

/** A nickname of crontab(5). @throws NotCarriedOver */
export function nicknameOf(word: string): Translation {
  const expression = NICKNAMES.get(word.toLowerCase());
  if (expression !== undefined) return { expression, differences: [] };
  if (word.toLowerCase() === '@reboot') {
    throw new NotCarriedOver('runs when its machine starts; a task belongs to no machine');
  }
  if (/^@\d+$/.test(word)) {
    throw new NotCarriedOver('runs so many seconds after its last end; an interval trigger counts from start to start');
  }
  throw new NotCarriedOver(`begins with ${JSON.stringify(word)}, which no cron is known to read`);
}

/**
 * The five fields of crontab(5), as Vixie cron and its heirs read them. Our dialect is theirs; only what those refuse,
 * or read in more than one way, is not carried over. @throws NotCarriedOver
 */
export function crontabExpression(fields: readonly string[]): Translation {
  const differences: string[] = [];
  const texts = fields.map((text, index) => fieldOf(text, FIELDS[index]!, differences));
  return { expression: texts.join(' '), differences };
}

function fieldOf(text: string, bounds: Bounds, differences: string[]): string {
  const random = /^(\d*)~(\d*)$/.exec(text);
  if (random) return randomly(random, bounds, differences);
  if (text.includes('?')) throw new NotCarriedOver(`has "?" in its ${bounds.name}, which no crontab knows`);
  if (itemsOf(text, bounds).some(({ isOpen }) => isOpen)) {
    throw new NotCarriedOver(
      `has a step after a single number in its ${bounds.name} (${JSON.stringify(text)}), which some crons ignore, some refuse ` +
        `and others read up to ${bounds.last}: write the range that is meant`,
    );
  }
  return text;
}

/** Some crons choose the number between two at random. */
function randomly([, low, high]: RegExpExecArray, bounds: Bounds, differences: string[]): string {
  const last = bounds.name === 'day of week' ? 6 : bounds.last;
  const [from, to] = [low ? Number(low) : bounds.first, high ? Number(high) : last];
  if (!(from >= bounds.first && from <= to && to <= last)) {
    throw new NotCarriedOver(`has a range in its ${bounds.name} that does not fit`);
  }
  differences.push(
    `Its ${bounds.name} was chosen at random whenever cron read the file; now it is always the same, by the task's id.`,
  );
  return `H(${from}-${to})`;
}

/** The number of fields that a crontab has before its command. */
export const FIELD_COUNT = FIELDS.length;
