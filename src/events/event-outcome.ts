/** Why an event did not start a task that waits for its type. */
export const LEFT_REASONS = [
  'filter',
  'throttled',
  'waiting',
  'overlap',
  'paused',
  'depth',
  'fan-out',
  'changed',
  'replaced',
  'expired',
  'windows',
] as const;
export type LeftReason = (typeof LEFT_REASONS)[number];

/** A run that an event started, or helped to start. */
export interface StartedRun {
  taskId: string;
  runId: string;
}

/** A task that an event did not start. */
export interface LeftTask {
  taskId: string;
  reason: LeftReason;
  /** Until when the event waits in a window at the latest (epoch ms). */
  until?: number;
}

/** What came of an event; each list holds the first of them. */
export interface EventOutcome {
  runs: readonly StartedRun[];
  left: readonly LeftTask[];
  /** There where the lists do not hold all. */
  isRunsCut?: boolean;
  isLeftCut?: boolean;
}

/** How many runs and how many tasks an event's record names at the most. */
export const MOST_TOLD = 100;

export const NOTHING_YET: EventOutcome = { runs: [], left: [] };

/** The outcome within its bounds. */
export function bounded({ runs, left, isRunsCut, isLeftCut }: EventOutcome): EventOutcome {
  return {
    runs: runs.slice(0, MOST_TOLD),
    left: left.slice(0, MOST_TOLD),
    ...((isRunsCut || runs.length > MOST_TOLD) && { isRunsCut: true }),
    ...((isLeftCut || left.length > MOST_TOLD) && { isLeftCut: true }),
  };
}

/** The outcome with what came later: of a task that the change names, what was there before goes. */
export function amended(before: EventOutcome, change: EventOutcome): EventOutcome {
  const named = new Set([...change.runs, ...change.left].map(({ taskId }) => taskId));
  const rest = <Entry extends { taskId: string }>(entries: readonly Entry[]) =>
    entries.filter(({ taskId }) => !named.has(taskId));
  return bounded({
    ...before,
    ...change,
    runs: [...change.runs, ...rest(before.runs)],
    left: [...change.left, ...rest(before.left)],
  });
}

/** What came of an event that was taken in, in a word. */
export const EVENT_RESULTS = [
  /** It started runs. */
  'started',
  /** It waits in a window. */
  'waiting',
  /** Tasks would have started, but for a limit, a pause or a condition. */
  'held-back',
  /** No task waits for it. */
  'unmatched',
  /** It was taken in before. */
  'duplicate',
  /** It is stored and tried again later. */
  'failed',
  /** It is not tried again. */
  'given-up',
] as const;
export type EventResult = (typeof EVENT_RESULTS)[number];

/** What came of an event by its record. Tasks whose filters it does not match come last there. */
export function resultOf({ runs, left }: EventOutcome): EventResult {
  if (runs.length > 0) return 'started';
  if (left.some(({ reason }) => reason === 'waiting')) return 'waiting';
  return left.some(({ reason }) => reason !== 'filter') ? 'held-back' : 'unmatched';
}
