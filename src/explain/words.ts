import { parentOf } from '../domain/chain.js';
import { toIso } from '../domain/instants.js';
import type { Run } from '../domain/run.js';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** A duration in its two largest units, such as "250 ms", "4.2 s" or "3 h 20 min". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Math.floor(ms / 100) / 10} s`;
  const largest = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[largest]!;
  const [smaller, part] = UNITS[largest + 1]!;
  const rest = Math.floor((ms % size) / part);
  return `${Math.floor(ms / size)} ${unit}${rest > 0 ? ` ${rest} ${smaller}` : ''}`;
}

/** The name of a run at the start of a sentence. */
export function nameOfRun({ trigger, scheduledFor, retryOf, event }: Run): string {
  const at = toIso(scheduledFor);
  if (trigger === 'manual') return `The run requested at ${at}`;
  const parent = trigger === 'event' && event ? parentOf(event) : undefined;
  if (parent) return `The run that the end of run ${parent.id} of the task "${parent.taskName}" started at ${at}`;
  if (trigger === 'event') return `The run that the event "${event?.type ?? ''}" started at ${at}`;
  if (trigger === 'retry') return `The run that repeats the run ${retryOf} of ${at}`;
  if (trigger === 'backfill') return `The backfilled occurrence of ${at}`;
  return nameOfOccurrence(scheduledFor);
}

/** The name of an occurrence at the start of a sentence; `at` in epoch ms. */
export const nameOfOccurrence = (at: number): string => `The occurrence of ${toIso(at)}`;
