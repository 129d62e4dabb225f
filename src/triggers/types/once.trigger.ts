import { onceTriggerSchema, type OnceTrigger } from '../../domain/trigger.js';
import type { Timetable, TriggerType } from '../trigger-type.js';

const single = (at: number): Timetable => ({
  next: (after) => (at > after ? { at } : null),
  previous: (before) => (at < before ? { at } : null),
  count: (after, until) => (at > after && at <= until ? 1 : 0),
});

/** One instant. */
export const onceTriggerType: TriggerType<OnceTrigger> = {
  type: 'once',
  schema: onceTriggerSchema,
  timetable: ({ at }) => single(Date.parse(at)),
  describe: ({ at }) => `Once, at ${new Date(at).toISOString()}`,
};
