import { awaitedBy } from '../../domain/event.js';
import {
  eventTriggerSchema,
  manualTriggerSchema,
  type EventTrigger,
  type ManualTrigger,
} from '../../domain/trigger.js';
import { eventFilter } from '../event-filter.js';
import { TriggerFault, type TriggerType } from '../trigger-type.js';

/** An event of a type, or one of each of several types, narrowed by filters; many of them may start one run. */
export const eventTriggerType: TriggerType<EventTrigger> = {
  type: 'event',
  schema: eventTriggerSchema,
  timetable(trigger) {
    awaitedBy(trigger).forEach(({ filter }, place) => {
      if (filter) checkFilter(filter, trigger.all && `/all/events/${place}`);
    });
    return null;
  },
  describe: (trigger) => [eventsOf(trigger), conditionOf(trigger)].join(''),
};

/** Only when somebody asks for it. */
export const manualTriggerType: TriggerType<ManualTrigger> = {
  type: 'manual',
  schema: manualTriggerSchema,
  timetable: () => null,
  describe: () => 'Only when it is asked for',
};

/** @throws TriggerFault that points at the member of the trigger */
function checkFilter(filter: NonNullable<EventTrigger['filter']>, within = ''): void {
  try {
    eventFilter(filter);
  } catch (error) {
    if (!(error instanceof TriggerFault)) throw error;
    throw new TriggerFault(`${within}${error.pointer}`, error.message);
  }
}

function eventsOf({ event, filter, all }: EventTrigger): string {
  if (!all) return `When an event "${event}" arrives${filter ? ' that matches its filter' : ''}`;
  const types = all.events.map((each) => `"${each.event}"`).join(', ');
  return `When an event of each of ${types} has arrived within ${all.withinMs} ms`;
}

function conditionOf({ debounce, throttle, batch, all }: EventTrigger): string {
  if (debounce) return `, once none has come for ${debounce.quietMs} ms${by(debounce.key)}`;
  if (throttle) return `, at most ${throttle.count} times in ${throttle.perMs} ms${by(throttle.key)}`;
  if (batch) return `, once ${batch.maxSize} have come or ${batch.maxMs} ms have passed${by(batch.key)}`;
  return by(all?.key);
}

const by = (key: string | undefined): string => (key === undefined ? '' : `, for each value of ${key}`);
