import { TooCostlyError } from '../../domain/budget.js';
import { awaitedBy, type ReceivedEvent } from '../../domain/event.js';
import type { EventTrigger } from '../../domain/trigger.js';
import { eventFilter } from '../../triggers/event-filter.js';

/** Which of the events that the trigger waits for this one may be: their places. */
export const kindsOf = (trigger: EventTrigger, event: ReceivedEvent): number[] =>
  awaitedBy(trigger).flatMap(({ event: type, filter }, place) =>
    type === event.type && (filter === undefined || matches(filter, event)) ? [place] : [],
  );

/** A filter that is too costly for the event does not match it. */
function matches(filter: NonNullable<EventTrigger['filter']>, event: ReceivedEvent): boolean {
  try {
    return eventFilter(filter)(event);
  } catch (error) {
    if (error instanceof TooCostlyError) return false;
    throw error;
  }
}
