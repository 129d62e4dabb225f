import type { ReceivedEvent } from '../domain/event.js';
import { derivedId } from '../domain/ids.js';
import type { Listing, Page } from '../domain/listing.js';
import type { EventOutcome } from './event-outcome.js';

/** An event as an organization received it. */
export interface StoredEvent extends ReceivedEvent {
  organization: string;
  /** Who sent it, where it came from outside with its own identity: a webhook source, or a CloudEvent's source. */
  source?: string;
  /** Of the content that came in under this identity. */
  digest?: string;
  /** Whether the runs that it starts are stored. */
  dispatched: boolean;
  /** How often it could not be dispatched; absent where it never failed. */
  tries?: number;
  /** Why it could not be dispatched the last time; with `dispatched` it was given up for that. */
  failure?: string;
  /** Why its record cannot be read, where that is so; then type and data are stand-ins. */
  unreadable?: string;
}

/** What names an event. */
export type EventKey = Pick<StoredEvent, 'organization' | 'id'>;

/** An event with what has come of it. */
export interface EventRecord extends StoredEvent {
  outcome: EventOutcome;
}

/** An event as lists show it. */
export interface EventHead extends Omit<EventRecord, 'data' | 'digest'> {
  /** Its place in the list (`placeOf`). */
  place: string;
}

/** Which events a list holds; all members must match. Epoch ms, `to` exclusive. */
export interface EventFilter {
  type?: string | undefined;
  source?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
}

/** The place of an event in a list: a UUID that sorts by when it was received. */
export const placeOf = ({ id, receivedAt }: Pick<StoredEvent, 'id' | 'receivedAt'>): string =>
  derivedId(receivedAt, 'place', id);

/** Reads events for people, separately from the engine. */
export abstract class EventReads {
  abstract get(organization: string, id: string): Promise<EventRecord | null>;

  /** An organization's events, newest first, after the place `after`. */
  abstract list(organization: string, filter: EventFilter, page: Page): Promise<Listing<EventHead>>;
}

/** An event of which it is known what it started. */
export interface DispatchedEvent extends EventKey {
  /** Without it, what is recorded stays. */
  outcome?: EventOutcome;
}

/** Keeps received events until the runs that they start are stored, and remembers their ids and what came of them. */
export abstract class EventStore extends EventReads {
  /** Stores new events; resolves to those that already exist under the same organization and id, as stored. */
  abstract insert(events: readonly StoredEvent[]): Promise<StoredEvent[]>;

  /** Records that the runs of these events are stored, and what came of them. */
  abstract markDispatched(events: readonly DispatchedEvent[]): Promise<void>;

  /**
   * Records what came of events later: of a task that is named, what was recorded before goes. Unknown events are left
   * out. The lists stay within their bounds.
   */
  abstract amend(organization: string, ids: readonly string[], change: EventOutcome): Promise<void>;

  /** Engine: those of these events that are not dispatched. */
  abstract undispatchedAmong(organization: string, ids: readonly string[]): Promise<Set<string>>;

  /**
   * Records why an event could not be dispatched, once more. It is found again as undispatched when `retryAt` (epoch ms) has
   * passed; with null it never is, and counts as dispatched.
   */
  abstract putOff(event: EventKey, failure: string, retryAt: number | null): Promise<void>;

  /**
   * Engine: events received before `before` (epoch ms), or put off until before it, and not dispatched, oldest first: up to
   * `limit`, and no more than fit into `MOST_READ_BYTES`, not counting the last of them.
   */
  abstract undispatched(before: number, limit: number): Promise<StoredEvent[]>;

  /** Housekeeping: deletes up to `limit` dispatched events received before `before`; resolves to their number. */
  abstract purge(before: number, limit: number): Promise<number>;
}
