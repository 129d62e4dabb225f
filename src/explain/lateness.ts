import { isMakeUp, type Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { dueInstantOf } from './evidence.js';
import type { Cause } from './explanation.js';
import { duration } from './words.js';

/** Starts up to this late count as on time. */
const ON_TIME_MS = 1000;

/**
 * Why a run started late; null when it was on time or did not start. `others` are runs of the task, which may include
 * the one that it had to wait for.
 */
export function latenessOf(run: Run, task: Task, others: readonly Run[]): Cause | null {
  const { startedAt, latenessMs } = run;
  if (startedAt === null || latenessMs === null || latenessMs <= ON_TIME_MS) return null;
  const due = dueInstantOf(run);
  const claimedAt = Math.max(due, run.createdAt);
  // The lateness before the claim, and the run's own wait after it: the longer one is the cause.
  const unclaimed = claimedAt - due;
  if (unclaimed > startedAt - claimedAt) return unclaimedFor(unclaimed);
  return waited(run, task, predecessorOf(run, claimedAt, others), duration(startedAt - claimedAt));
}

/** The run of the task that ended while this run waited; undefined when none did. */
const predecessorOf = ({ id, startedAt }: Run, claimedAt: number, others: readonly Run[]): Run | undefined =>
  others.find(
    (other) =>
      other.id !== id && other.finishedAt !== null && other.finishedAt >= claimedAt && other.finishedAt <= startedAt!,
  );

const unclaimedFor = (ms: number): Cause => ({
  code: 'unclaimed',
  reason: 'no instance claimed it in time',
  words: `no instance claimed it for ${duration(ms)}: none was alive, or none had room for it`,
  advice:
    'More instances, slots (CONCURRENCY) or places (QUEUE_CONCURRENCY, @TaskHandler) would start it sooner; misfire and startDeadlineMs say how late it may start.',
});

function waited(run: Run, { definition }: Task, predecessor: Run | undefined, time: string): Cause {
  if (run.attempts.some(({ outcome }) => outcome === 'lost')) {
    return {
      code: 'instance-lost',
      reason: 'its instance died before it could start',
      words: `the instance that held it died, and another instance took it over ${time} later`,
      advice: 'A shorter LOCK_LIFE_MS lets others take over sooner.',
    };
  }
  if (predecessor && waitsForOthers(run, definition)) {
    return {
      code: 'overlap',
      reason: `overlap: it waited for run ${predecessor.id}`,
      words: `it waited ${time} for run ${predecessor.id} of the same task to end`,
      advice: 'With the overlap policy "allow" it would start beside the other run.',
    };
  }
  const pools = Object.keys(definition.resources ?? {});
  if (pools.length > 0) {
    return {
      code: 'pool',
      reason: `it waited for a slot or for the pool ${pools.join(', ')}`,
      words: `it waited ${time} for a slot or for units of ${pools.map((name) => `"${name}"`).join(', ')}`,
      advice: 'A larger capacity of the pools, or more slots (CONCURRENCY), would start it sooner.',
    };
  }
  return {
    code: 'no-slot',
    reason: 'it waited for a slot',
    words: `it waited ${time} for a slot`,
    advice: 'More instances or slots (CONCURRENCY), or a higher priority, would start it sooner.',
  };
}

/**
 * Whether a run waits for other runs of its task to end: by the overlap policy; make-up runs also wait under `skip`.
 */
const waitsForOthers = (run: Run, { overlap }: Task['definition']): boolean =>
  overlap === 'queue' || overlap === 'replace' || (overlap === 'skip' && isMakeUp(run));
