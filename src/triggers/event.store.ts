import type { ReceivedEvent } from '../domain/event.js';

/** An event as an organization received it. */
export interface StoredEvent extends ReceivedEvent {
  organization: string;
  /** Whether the runs that it starts have been stored. */
  dispatched: boolean;
}

/** Keeps received events until what they start is stored, and remembers their ids. */
export abstract class EventStore {
  /** Stores new events; resolves to those that were there already under the same organization and id, as stored. */
  abstract insert(events: readonly StoredEvent[]): Promise<StoredEvent[]>;

  /** Notes that the runs of these events are stored. */
  abstract markDispatched(events: readonly Pick<StoredEvent, 'organization' | 'id'>[]): Promise<void>;

  /** Engine: events received before `before` (epoch ms) and not dispatched, oldest first. */
  abstract undispatched(before: number, limit: number): Promise<StoredEvent[]>;

  /** Housekeeping: deletes up to `limit` dispatched events received before `before`; resolves to their number. */
  abstract purge(before: number, limit: number): Promise<number>;
}
