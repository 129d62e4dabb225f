import { LOG_LEVELS, type LogEntry, type LogLevel } from './log.store.js';

/** Which entries of a log are wanted; every member narrows it. */
export interface LogFilter {
  /** This level or a worse one. */
  level?: LogLevel | undefined;
  /** A part of the message, in any case. */
  text?: string | undefined;
  attempt?: number | undefined;
}

/** Whether every entry is wanted. */
export const isOfAll = (filter: LogFilter): boolean => Object.values(filter).every((each) => each === undefined);

/** Tests an entry against a filter. */
export function matcherOf({ level, text, attempt }: LogFilter): (entry: LogEntry) => boolean {
  const least = level === undefined ? 0 : LOG_LEVELS.indexOf(level);
  const part = text?.toLowerCase();
  return (entry) =>
    LOG_LEVELS.indexOf(entry.level) >= least &&
    (attempt === undefined || entry.attempt === attempt) &&
    (part === undefined || entry.message.toLowerCase().includes(part));
}
