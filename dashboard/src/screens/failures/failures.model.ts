import type { Schemas } from '../../api/client.ts';

export type FailureClass = Schemas['FailureClassResponse'];

/** What in a message differs from failure to failure: numbers, quotes, ids. */
const VARIES = /[0-9a-f]{8,}[0-9a-f-]*|\d+|["'`‘’“”][^"'`‘’“”]*["'`‘’“”]/gi;
const LEAST = 10;

/** The longest part of a message that is alike in all failures of its class; undefined if it says too little. */
export function steadyPart(message: string): string | undefined {
  const longest = message
    .split(VARIES)
    .map((part) => part.trim())
    .reduce((best, part) => (part.length > best.length ? part : best), '');
  return longest.length < LEAST ? undefined : longest.slice(0, 100);
}

/** What the button says that retries only what is not mended; of many, only the newest are known. */
export const retryWords = ({ unmended, unmendedRuns }: Pick<FailureClass, 'unmended' | 'unmendedRuns'>): string =>
  unmended > unmendedRuns.length
    ? `Retry the newest ${unmendedRuns.length} of ${unmended.toLocaleString('en')} that are not mended…`
    : unmended === 1
      ? 'Retry the one that is not mended…'
      : `Retry the ${unmended} that are not mended…`;

/** The selectors that drive the failures of a class again. */
export function selectorOf({ code, message, tasks, moreTasks }: FailureClass, from: string, to: string) {
  const text = steadyPart(message);
  const [only] = tasks;
  return {
    ...{ code, from, to },
    ...(text !== undefined && { text }),
    ...(tasks.length === 1 && moreTasks === 0 && only && { taskId: only.id }),
  };
}
