import type { Run } from './run.js';

/** What else runs can be looked for by; every member narrows it. */
export interface RunSearch {
  /** Only runs of these tasks. */
  taskIds?: readonly string[] | undefined;
  /** The code of the last attempt's error. */
  code?: string | undefined;
  /** A part of the reason or of the last attempt's error; the letters a to z in any case. */
  text?: string | undefined;
  /** The event that started it; of several that did so together, the last. */
  eventId?: string | undefined;
  /** The run that it drives again. */
  retryOf?: string | undefined;
  /** The instance that holds it, or that made one of its attempts. */
  instance?: string | undefined;
  minLatenessMs?: number | undefined;
  minDurationMs?: number | undefined;
}

/** The text with the letters A to Z as a to z, and all others as they are. */
export const asciiLower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Whether a run is what a search looks for. */
export function isSought(run: Run, search: RunSearch): boolean {
  const { taskIds, eventId, retryOf, instance, minLatenessMs, minDurationMs } = search;
  return (
    (taskIds === undefined || taskIds.includes(run.taskId)) &&
    saysSo(run, search) &&
    (eventId === undefined || run.event?.id === eventId) &&
    (retryOf === undefined || run.retryOf === retryOf) &&
    (instance === undefined || run.owner === instance || run.attempts.some((each) => each.instance === instance)) &&
    (minLatenessMs === undefined || (run.latenessMs ?? -1) >= minLatenessMs) &&
    (minDurationMs === undefined || durationOf(run) >= minDurationMs)
  );
}

function saysSo({ attempts, reason }: Run, { code, text }: RunSearch): boolean {
  const error = attempts.at(-1)?.error;
  if (code !== undefined && error?.code !== code) return false;
  if (text === undefined) return true;
  const part = asciiLower(text);
  return [reason, error?.message].some((words) => typeof words === 'string' && asciiLower(words).includes(part));
}

const durationOf = ({ startedAt, finishedAt }: Run): number =>
  startedAt === null || finishedAt === null ? -1 : finishedAt - startedAt;
