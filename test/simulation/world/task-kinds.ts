import type { TaskInput } from '../../../src/domain/task-definition.js';
import type { Random } from './random.js';
import { BEGIN } from './timeline.js';

/** The event types that simulated users raise. */
export const EVENTS = ['built', 'tested'] as const;

/** The pool of which simulated tasks need units. */
export const POOL = { name: 'pool', capacity: 2 } as const;

/** A task as a user would define it. */
export function someTask(random: Random): TaskInput {
  const everyMs = random.whole(3, 40) * 100;
  const meanMs = random.pick([0, 20, 200, everyMs / 2]);
  const triggers = random.chance(0.75) ? [interval(everyMs)] : someTriggers(random, everyMs);
  return {
    name: 'work',
    triggers,
    action: { type: 'handler', name: 'work' },
    parameters: { version: 1, meanMs, failing: random.pick([0, 0.1, 0.3]) },
    overlap: random.pick(['skip', 'skip', 'queue', 'allow', 'replace']),
    misfire: {
      policy: random.pick(['fire-once', 'fire-all', 'skip']),
      graceMs: random.pick([0, 500, 5000]),
      maxCount: random.pick([2, 100]),
    },
    retry: { maxAttempts: random.whole(1, 3), baseDelayMs: random.pick([10, 300]), maxDelayMs: 1000 },
    timeoutMs: random.pick([60_000, 4000, 300]),
    onCrash: random.chance(0.9) ? 'retry' : 'fail',
    ...(random.chance(0.1) && { startDeadlineMs: random.pick([200, 2000]) }),
    ...(random.chance(0.1) && { deadlineMs: 2000 }),
    ...(random.chance(0.1) && { spreadMs: 300 }),
    ...(random.chance(0.1) && { maxRuns: random.whole(1, 10) }),
    ...(random.chance(0.1) && { resources: { [POOL.name]: random.whole(1, POOL.capacity) } }),
    ...(random.chance(0.05) && { pauseAfterFailures: 2 }),
  };
}

/** A change that a user would make, as a JSON Merge Patch. */
export function someChange(random: Random, version: number): Record<string, unknown> {
  const patch: Record<string, unknown> = { parameters: { version } };
  if (random.chance(0.3)) patch['triggers'] = [interval(random.whole(3, 40) * 100)];
  if (random.chance(0.2)) patch['priority'] = random.whole(0, 9);
  return patch;
}

const interval = (everyMs: number): TaskInput['triggers'][number] => ({
  type: 'interval',
  everyMs,
  anchorAt: new Date(BEGIN).toISOString(),
});

function someTriggers(random: Random, everyMs: number): TaskInput['triggers'] {
  const once = { type: 'once', at: new Date(BEGIN + random.whole(500, 12_000)).toISOString() } as const;
  const event = { type: 'event', event: random.pick(EVENTS) } as const;
  return random.pick([[event], [event, interval(everyMs)], [once], [{ type: 'manual' }], [interval(everyMs), once]]);
}
