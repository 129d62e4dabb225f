import {
  amended,
  bounded,
  type DispatchedEvent,
  type EventFilter,
  type EventHead,
  type EventKey,
  type EventOutcome,
  type EventRecord,
  EventStore,
  fitting,
  type Listing,
  listingOf,
  NOTHING_YET,
  type Page,
  placeOf,
  type StoredEvent,
} from 'scheduled-task-runner/store';
import { copyOf, keyOf, purge, type ShelfData } from './data.js';

type Stored = StoredEvent & { retryAt?: number | null; outcome?: EventOutcome };
const shown = ({ retryAt: _retryAt, outcome: _outcome, ...event }: Stored): StoredEvent => event;
const headOf = ({ data: _data, digest: _digest, ...event }: Stored): EventHead => ({
  place: placeOf(event),
  outcome: event.outcome ?? NOTHING_YET,
  ...withoutRetry(event),
});
const withoutRetry = <Event extends { retryAt?: number | null }>({ retryAt: _retryAt, ...event }: Event) => event;
const keyOfEvent = ({ organization, id }: EventKey): string => keyOf(organization, id);

/** Keeps received events in memory. */
export class ShelfEventStore extends EventStore {
  constructor(private readonly data: ShelfData) {
    super();
  }

  async insert(events: readonly StoredEvent[]): Promise<StoredEvent[]> {
    const known = events.flatMap((event) => this.data.events.get(keyOfEvent(event)) ?? []);
    for (const event of events) {
      if (!this.data.events.has(keyOfEvent(event))) this.data.events.set(keyOfEvent(event), copyOf(event));
    }
    return copyOf(known.map(shown));
  }

  async markDispatched(events: readonly DispatchedEvent[]): Promise<void> {
    for (const { outcome, ...named } of events) {
      const key = keyOfEvent(named);
      const event = this.data.events.get(key);
      if (!event) continue;
      const { failure: _, ...rest } = event;
      const told = outcome ? { outcome: copyOf(amended(bounded(outcome), event.outcome ?? NOTHING_YET)) } : {};
      this.data.events.set(key, { ...rest, ...told, dispatched: true });
    }
  }

  async amend(organization: string, ids: readonly string[], change: EventOutcome): Promise<void> {
    for (const key of ids.map((id) => keyOfEvent({ organization, id }))) {
      const event = this.data.events.get(key);
      if (!event) continue;
      const outcome = copyOf(amended(event.outcome ?? NOTHING_YET, change));
      this.data.events.set(key, { ...event, outcome });
    }
  }

  async undispatchedAmong(organization: string, ids: readonly string[]): Promise<Set<string>> {
    const isOpen = (id: string) => this.data.events.get(keyOfEvent({ organization, id }))?.dispatched === false;
    return new Set(ids.filter(isOpen));
  }

  async get(organization: string, id: string): Promise<EventRecord | null> {
    const event = this.data.events.get(keyOfEvent({ organization, id }));
    return event ? copyOf({ outcome: event.outcome ?? NOTHING_YET, ...withoutRetry(event) }) : null;
  }

  async list(organization: string, filter: EventFilter, { after, limit }: Page): Promise<Listing<EventHead>> {
    const { type, source, from = -Infinity, to = Infinity } = filter;
    const heads = [...this.data.events.values()]
      .filter((event) => event.organization === organization && (type === undefined || event.type === type))
      .filter((event) => source === undefined || event.source === source)
      .filter(({ receivedAt }) => receivedAt >= from && receivedAt < to)
      .map(headOf)
      .filter(({ place }) => after === undefined || place < after)
      .sort((a, b) => (a.place < b.place ? 1 : -1));
    return copyOf(listingOf(heads, limit, ({ place }) => place));
  }

  async putOff(event: EventKey, failure: string, retryAt: number | null): Promise<void> {
    const stored = this.data.events.get(keyOfEvent(event));
    if (stored && !stored.dispatched) {
      const put: Stored = { ...stored, failure, retryAt, tries: (stored.tries ?? 0) + 1, dispatched: retryAt === null };
      this.data.events.set(keyOfEvent(event), put);
    }
  }

  async undispatched(before: number, limit: number): Promise<StoredEvent[]> {
    const dueAt = (event: Stored) => event.retryAt ?? event.receivedAt;
    const found = [...this.data.events.values()].filter((event) => !event.dispatched && dueAt(event) < before);
    const events = found.sort((a, b) => dueAt(a) - dueAt(b)).slice(0, limit);
    const read = events.slice(0, fitting(events.map(({ data }) => JSON.stringify(data).length)));
    return copyOf(read.map(shown));
  }

  async purge(before: number, limit: number): Promise<number> {
    return purge(this.data.events, (event) => event.dispatched && event.receivedAt < before, limit);
  }
}
