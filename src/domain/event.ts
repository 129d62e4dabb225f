import type { Json } from './json.js';

/** What filters and templates see of an event. */
export interface ReceivedEvent {
  id: string;
  type: string;
  data: Json;
  /** Epoch milliseconds. */
  receivedAt: number;
}
