import { LOG_LEVELS, type LogEntry } from '../execution-log/log.store.js';
import { reasonOf } from '../domain/unreadable.js';
import { isInstant, isNumber, isObject, isText, oneOf, orNone, shaped, type Shape } from './shape.js';

const ENTRY: Shape = {
  sequence: isNumber,
  at: isInstant,
  attempt: isNumber,
  level: oneOf(LOG_LEVELS),
  message: isText,
  data: orNone(isObject),
};

/** The entries of a chunk that can be read, and one for all that cannot, at the place of the chunk's last. */
export function readableEntries({ entries, last }: { entries: string; last: number }): LogEntry[] {
  const hint = (what: string): LogEntry => ({
    ...{ sequence: last, at: 0, attempt: 0, level: 'error' as const },
    message: `(unreadable: ${what})`,
  });
  try {
    const found: unknown = JSON.parse(entries);
    if (!Array.isArray(found)) throw new TypeError('it does not hold a list');
    const good = (found as unknown[]).filter(shaped(ENTRY)) as LogEntry[];
    const broken = found.length - good.length;
    if (broken === 0) return good;
    const others = good.filter(({ sequence }) => sequence !== last);
    return [...others, hint(`${broken} entries that end here`)];
  } catch (error) {
    return [hint(reasonOf(error))];
  }
}
