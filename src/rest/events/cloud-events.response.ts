import { Shown } from '../http/expose.js';
import { EventResponse } from '../triggers/event.response.js';

/** What CloudEvents started, in their order. */
export class CloudEventsResponse {
  @Shown({ type: [EventResponse] })
  events!: EventResponse[];
}
