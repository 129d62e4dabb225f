import type { Json } from '../domain/json.js';

/** Raises events as if they had come from outside. */
export abstract class EventPublisher {
  /**
   * Stores the event and starts the tasks that wait for it; a known id raises nothing. Resolves to the runs started,
   * and the number of runs refused because of the limit per event.
   */
  abstract publish(
    organization: string,
    type: string,
    data: Json,
    id: string,
  ): Promise<{ eventId: string; runs: string[]; refused?: number }>;
}
