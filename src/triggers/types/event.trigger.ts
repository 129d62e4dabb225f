import {
  eventTriggerSchema,
  manualTriggerSchema,
  type EventTrigger,
  type ManualTrigger,
} from '../../domain/trigger.js';
import { eventFilter } from '../event-filter.js';
import type { TriggerType } from '../trigger-type.js';

/** An event of a type, narrowed by a filter. */
export const eventTriggerType: TriggerType<EventTrigger> = {
  type: 'event',
  schema: eventTriggerSchema,
  timetable({ filter }) {
    if (filter) eventFilter(filter);
    return null;
  },
  describe: ({ event, filter }) => `When an event "${event}" arrives${filter ? ' that matches its filter' : ''}`,
};

/** Only when somebody asks for it. */
export const manualTriggerType: TriggerType<ManualTrigger> = {
  type: 'manual',
  schema: manualTriggerSchema,
  timetable: () => null,
  describe: () => 'Only when it is asked for',
};
