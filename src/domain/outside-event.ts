import { eventTypeSchema } from './trigger.js';

const OWN = /^(?:run|task)\./;

/** Why an event of this type cannot come from outside of the engine; null if it can. */
export const outsideTypeFault = (type: string): string | null =>
  OWN.test(type) ? 'must not begin with "run." or "task.": only the engine raises such events' : null;

/** The type of an event that comes from outside of the engine. */
export const outsideEventTypeSchema = eventTypeSchema.refine((type) => outsideTypeFault(type) === null, {
  error: ({ input }) => outsideTypeFault(String(input)) ?? '',
});
