import type { Json } from './json.js';
import type { TraceContext } from './trace-context.js';
import type { EventTrigger, Trigger } from './trigger.js';

/** One of the events that started a run together. */
export interface GatheredEvent {
  id: string;
  type: string;
  data: Json;
  /** Epoch milliseconds. */
  receivedAt: number;
  /** Its data was left out; the event itself has them. */
  isCut?: true;
  trace?: TraceContext;
}

/** The view of an event in filters and templates. */
export interface ReceivedEvent {
  id: string;
  type: string;
  data: Json;
  /** Epoch milliseconds. */
  receivedAt: number;
  /** How many runs may be started by an event (with its successors) that this event's run raises. */
  descendants?: number;
  /** The earlier events that started a run together with this one, oldest first. */
  together?: readonly GatheredEvent[];
  /** Where in a trace it came from; absent where nobody told. */
  trace?: TraceContext;
}

/** Whether the trigger waits for events. */
export const isEventTrigger = (trigger: Trigger): trigger is EventTrigger => trigger.type === 'event';

/** A type of event that a trigger waits for, and what it must match. */
export interface Awaited {
  event: string;
  filter?: EventTrigger['filter'];
}

/** The events that the trigger waits for: those of one type, or each of `all` in its place. */
export function awaitedBy(trigger: Trigger): readonly Awaited[] {
  if (!isEventTrigger(trigger)) return [];
  const { event, filter, all } = trigger;
  if (all) return all.events;
  return event === undefined ? [] : [{ event, ...(filter && { filter }) }];
}
