import type { Json } from './json.js';
import type { EventTrigger, Trigger } from './trigger.js';

/** What filters and templates see of an event. */
export interface ReceivedEvent {
  id: string;
  type: string;
  data: Json;
  /** Epoch milliseconds. */
  receivedAt: number;
  /** How many runs an event may start, with all that follow, that is raised by the run which this one started. */
  descendants?: number;
}

/** Whether the trigger waits for events. */
export const isEventTrigger = (trigger: Trigger): trigger is EventTrigger => trigger.type === 'event';
