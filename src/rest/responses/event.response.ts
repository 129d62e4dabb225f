import { respond, Shown } from './expose.js';

/** What an event set going. */
export class EventResponse {
  @Shown({ format: 'uuid' })
  eventId!: string;

  @Shown({ type: [String], description: 'The tasks that it started.' })
  triggeredTasks!: string[];

  @Shown({ type: [String], description: 'Their runs.' })
  runs!: string[];
}

export const toEventResponse = (received: EventResponse): EventResponse => respond(EventResponse, received);
