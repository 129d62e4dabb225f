import { isMakeUp, type Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { dueInstantOf } from './evidence.js';
import type { Cause } from './explanation.js';
import { duration } from './words.js';

/** Up to this lateness a start counts as on time. */
const ON_TIME_MS = 1000;

/**
 * Why a run started late; null when it was on time or did not start. `others` are runs of the task, among which the one
 * may be that it had to wait for.
 */
export function latenessOf(run: Run, task: Task, others: readonly Run[]): Cause | null {
  const { startedAt, latenessMs } = run;
  if (startedAt === null || latenessMs === null || latenessMs <= ON_TIME_MS) return null;
  const due = dueInstantOf(run);
  const claimedAt = Math.max(due, run.createdAt);
  // What nobody had claimed was late already when somebody did; the rest it waited as a run.
  const unclaimed = claimedAt - due;
  if (unclaimed > startedAt - claimedAt) return unclaimedFor(unclaimed);
  return waited(run, task, predecessorOf(run, claimedAt, others), duration(startedAt - claimedAt));
}

/** The run of the task that ended while this one waited; undefined when none did. */
const predecessorOf = ({ id, startedAt }: Run, claimedAt: number, others: readonly Run[]): Run | undefined =>
  others.find(
    (other) =>
      other.id !== id && other.finishedAt !== null && other.finishedAt >= claimedAt && other.finishedAt <= startedAt!,
  );

const unclaimedFor = (ms: number): Cause => ({
  code: 'unclaimed',
  reason: 'no instance could take it up in time',
  words: `for ${duration(ms)} no instance took it up, because none was there or none had a place`,
  advice:
    'More instances or places (CONCURRENCY) would start it sooner; misfire and startDeadlineMs say how late it may start.',
});

function waited(run: Run, { definition }: Task, predecessor: Run | undefined, time: string): Cause {
  if (run.attempts.some(({ outcome }) => outcome === 'lost')) {
    return {
      code: 'instance-lost',
      reason: 'its instance died before it could start',
      words: `the instance that held it died, and another one took it over after ${time}`,
      advice: 'A shorter LOCK_LIFE_MS lets others take over sooner.',
    };
  }
  if (predecessor && waitsForOthers(run, definition)) {
    return {
      code: 'overlap',
      reason: `overlap: it waited for run ${predecessor.id}`,
      words: `it waited ${time} for the run ${predecessor.id} of the task to end`,
      advice: 'With the overlap policy "allow" it would start beside that one.',
    };
  }
  const pools = Object.keys(definition.resources ?? {});
  if (pools.length > 0) {
    return {
      code: 'pool',
      reason: `it waited for a place or for the pool ${pools.join(', ')}`,
      words: `it waited ${time} for a place or for units of ${pools.map((name) => `"${name}"`).join(', ')}`,
      advice: 'A larger capacity of the pools, or more places (CONCURRENCY), would start it sooner.',
    };
  }
  return {
    code: 'no-place',
    reason: 'it waited for a place',
    words: `it waited ${time} for a place`,
    advice: 'More instances or places (CONCURRENCY), or a higher priority, would start it sooner.',
  };
}

/** Whether a run waits for the others of its task to end: by the overlap policy, or whatever that says. */
const waitsForOthers = (run: Run, { overlap }: Task['definition']): boolean =>
  overlap === 'queue' || overlap === 'replace' || (overlap === 'skip' && isMakeUp(run));
