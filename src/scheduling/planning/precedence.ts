import { isMakeUp, type Run } from '../../domain/run.js';

/** Whether an unfinished run has begun: only then does it stand in the way of another run of its task. */
export const hasBegun = (run: Run): boolean => run.state !== 'pending' || run.attempts.length > 0;

/** Whether another instance's run is in the way of this one, which waits for its next attempt, at `now` (epoch ms). */
export function goesFirst(other: Run, run: Run, now: number): boolean {
  if (other.state !== 'pending') return true;
  if (hasBegun(other) !== hasBegun(run)) return hasBegun(other);
  return (hasBegun(other) || other.dueAt <= now) && precedes(other, run);
}

/**
 * Whether the first of two runs of a task goes first: the one that was due earlier; runs that make up for others come
 * last.
 */
export const comesBefore = (a: Run, b: Run): boolean =>
  isMakeUp(a) === isMakeUp(b) ? placeOf(a) < placeOf(b) : isMakeUp(b);

/** Like `comesBefore`, but a run that has begun goes first. */
export const goesAhead = (a: Run, b: Run): boolean => (hasBegun(a) === hasBegun(b) ? comesBefore(a, b) : hasBegun(a));

/** The instant at which a run was first due, whenever its next attempt is (epoch ms). */
const placeOf = ({ attempts, scheduledFor, dueAt }: Run): number => (attempts.length > 0 ? scheduledFor : dueAt);

/** Like `comesBefore`, with ties broken so that two instances agree. */
const precedes = (a: Run, b: Run): boolean => comesBefore(a, b) || (!comesBefore(b, a) && a.id < b.id);
