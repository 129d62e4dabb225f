import { T0 } from './builders.js';

/** Every choice of these members. */
const subsets = <Filter extends object>(members: Filter): Partial<Filter>[] =>
  Object.entries(members).reduce<Partial<Filter>[]>(
    (all, [name, value]) => all.flatMap((each) => [each, { ...each, [name]: value as unknown }]),
    [{}],
  );

const STATES = [undefined, 'running', 'succeeded', 'failed', 'cancelled'] as const;
const TRIGGERS = [undefined, 'schedule', 'retry'] as const;

/** The filters with which people read lists, in every combination that an index could matter for. */
export const RUN_FILTERS = STATES.flatMap((state) =>
  TRIGGERS.flatMap((trigger) =>
    subsets({ taskId: 't', from: T0, to: T0 + 9 }).map((filter) => ({ state, trigger, ...filter })),
  ),
);
/** What is tested without an index of its own, and in the other order. */
export const SEARCHES = STATES.flatMap((state) => [
  { state, code: 'c', text: 't', instance: 'i' },
  { state, eventId: 'e', retryOf: 'r', trigger: 'retry' as const, oldestFirst: true },
  { state, taskIds: ['t'], minLatenessMs: 1, minDurationMs: 1, by: 'finishedAt' as const, from: T0 },
]);
export const TASK_FILTERS = subsets({ state: 'active' as const, tag: 'a', q: 'b' });
export const AUDIT_FILTERS = subsets({ actor: 'a', action: 'b', object: 'c', from: T0, to: T0 + 9 });
export const ORDERS = ['newest first', 'oldest first'] as const;
