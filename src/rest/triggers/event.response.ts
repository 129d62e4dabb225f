import { respond, Shown } from '../http/expose.js';

/** What an event started. */
export class EventResponse {
  @Shown({ format: 'uuid' })
  eventId!: string;

  @Shown({ type: [String], description: 'The tasks that the event started.' })
  triggeredTasks!: string[];

  @Shown({ type: [String], description: 'The runs of these tasks.' })
  runs!: string[];
}

export const toEventResponse = (received: EventResponse): EventResponse => respond(EventResponse, received);
