import type { Json } from '../domain/json.js';

/** Raises events as if they had come from outside. */
export abstract class EventPublisher {
  /** Stores the event and starts what waits for it; an id that is known raises nothing. Resolves to the runs started, and to how many
   * were refused because their like are bounded for each event. */
  abstract publish(
    organization: string,
    type: string,
    data: Json,
    id: string,
  ): Promise<{ eventId: string; runs: string[]; refused?: number }>;
}
