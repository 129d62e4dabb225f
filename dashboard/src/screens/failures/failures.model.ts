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
