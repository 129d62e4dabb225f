import type { TaskInput } from '../../../src/domain/task-definition.js';
import type { Random } from './random.js';
import { BEGIN } from './timeline.js';

/** The event types that simulated users raise. */
export const EVENTS = ['built', 'tested'] as const;

/** The pool whose units simulated tasks need. */
export const POOL = { name: 'pool', capacity: 2 } as const;

/** The tag of tasks whose ends others wait for. */
const LINK = 'link';

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

/** The task as it fails often. */
export const failing = (task: TaskInput, random: Random): TaskInput => ({
  ...task,
  parameters: { ...task.parameters, failing: random.pick([0.3, 0.6, 0.9]) },
  retry: { ...task.retry, maxAttempts: random.pick([1, 1, 2]) },
});

/** A change that a user would make, as a JSON Merge Patch. */
export function someChange(random: Random, version: number): Record<string, unknown> {
  const patch: Record<string, unknown> = { parameters: { version } };
  if (random.chance(0.3))
    patch['triggers'] = [random.chance(0.2) ? someCondition(random) : interval(random.whole(3, 40) * 100)];
  if (random.chance(0.2)) patch['priority'] = random.whole(0, 9);
  return patch;
}

/** An event trigger with a condition. */
export function someCondition(random: Random): TaskInput['triggers'][number] {
  const event = random.pick(EVENTS);
  const key = random.chance(0.5) ? { key: 'data.key' } : {};
  const [first, second] = EVENTS;
  return random.pick<TaskInput['triggers'][number]>([
    { type: 'event', event, debounce: { quietMs: random.pick([300, 1500]), maxMs: 3000, ...key } },
    { type: 'event', event, batch: { maxSize: random.whole(2, 4), maxMs: random.pick([500, 2500]), ...key } },
    { type: 'event', event, throttle: { count: random.whole(1, 2), perMs: 2000, ...key } },
    { type: 'event', all: { events: [{ event: first }, { event: second }], withinMs: 3000, ...key } },
  ]);
}

/** A task that the ends of one of these start, or those of tasks with a tag, which may be its own. */
export const followerOf = (random: Random, taskIds: readonly string[]): Pick<TaskInput, 'triggers' | 'tags'> => ({
  triggers: [someChain(random, taskIds)],
  ...(random.chance(0.3) && { tags: [LINK] }),
});

/** A trigger of the ends of other tasks. */
export function someChain(random: Random, taskIds: readonly string[]): TaskInput['triggers'][number] {
  const event = random.pick(['run.succeeded', 'run.succeeded', 'run.failed', 'run.skipped']);
  const isByTag = taskIds.length === 0 || random.chance(0.25);
  return {
    type: 'event',
    event,
    filter: isByTag ? { 'data.tags': LINK } : { 'data.taskId': random.pick([...taskIds]) },
  };
}

const interval = (everyMs: number): TaskInput['triggers'][number] => ({
  type: 'interval',
  everyMs,
  anchorAt: new Date(BEGIN).toISOString(),
});

function someTriggers(random: Random, everyMs: number): TaskInput['triggers'] {
  const once = { type: 'once', at: new Date(BEGIN + random.whole(500, 12_000)).toISOString() } as const;
  const event = { type: 'event', event: random.pick(EVENTS) } as const;
  return random.pick([
    [event],
    [someCondition(random)],
    [someCondition(random)],
    [event, interval(everyMs)],
    [once],
    [{ type: 'manual' }],
    [interval(everyMs), once],
  ]);
}
