import { EventStore, type StoredEvent } from '../../../src/triggers/event.store.js';
import { copyOf, keyOf, purge, type MemoryData } from './memory-data.js';

type EventKey = Pick<StoredEvent, 'organization' | 'id'>;
const keyOfEvent = ({ organization, id }: EventKey): string => keyOf(organization, id);

/** Keeps received events in memory. */
export class MemoryEventStore extends EventStore {
  constructor(private readonly data: MemoryData) {
    super();
  }

  async insert(events: readonly StoredEvent[]): Promise<StoredEvent[]> {
    const known = events.flatMap((event) => this.data.events.get(keyOfEvent(event)) ?? []);
    for (const event of events) {
      if (!this.data.events.has(keyOfEvent(event))) this.data.events.set(keyOfEvent(event), copyOf(event));
    }
    return Promise.resolve(copyOf(known));
  }

  async markDispatched(events: readonly EventKey[]): Promise<void> {
    for (const key of events.map(keyOfEvent)) {
      const event = this.data.events.get(key);
      if (event) this.data.events.set(key, { ...event, dispatched: true });
    }
    return Promise.resolve();
  }

  async undispatched(before: number, limit: number): Promise<StoredEvent[]> {
    const found = [...this.data.events.values()].filter((event) => !event.dispatched && event.receivedAt < before);
    return Promise.resolve(copyOf(found.sort((a, b) => a.receivedAt - b.receivedAt).slice(0, limit)));
  }

  async purge(before: number, limit: number): Promise<number> {
    return Promise.resolve(purge(this.data.events, (event) => event.dispatched && event.receivedAt < before, limit));
  }
}
