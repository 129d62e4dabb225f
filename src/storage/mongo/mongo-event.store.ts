import type { mongo } from 'mongoose';
import type { Json } from '../../domain/json.js';
import { EventStore, type StoredEvent } from '../../triggers/event.store.js';
import { inBatches } from './batches.js';
import { insertNew } from './bulk.js';
import type { EventDocument, MongoCollections } from './mongo-collections.js';
import { again } from './mongo-errors.js';

/** An event's id is its sender's choice, so it is one only together with the organization. */
const keyOf = ({ organization, id }: Pick<StoredEvent, 'organization' | 'id'>): string =>
  JSON.stringify([organization, id]);

const toDocument = (event: StoredEvent): Omit<EventDocument, 'lastWrite'> => ({
  _id: keyOf(event),
  organization: event.organization,
  eventId: event.id,
  type: event.type,
  data: JSON.stringify(event.data),
  receivedAt: event.receivedAt,
  dispatched: event.dispatched,
});

const toEvent = (document: EventDocument): StoredEvent => ({
  organization: document.organization,
  id: document.eventId,
  type: document.type,
  data: JSON.parse(document.data) as Json,
  receivedAt: document.receivedAt,
  dispatched: document.dispatched,
});

/** Keeps the received events in MongoDB. */
export class MongoEventStore extends EventStore {
  private readonly events: mongo.Collection<EventDocument>;

  constructor({ events }: MongoCollections) {
    super();
    this.events = events;
  }

  async insert(events: readonly StoredEvent[]): Promise<StoredEvent[]> {
    const known = await insertNew(this.events, events.map(toDocument));
    if (known.size === 0) return [];
    return this.events
      .find({ _id: { $in: [...known] } })
      .map(toEvent)
      .toArray();
  }

  async markDispatched(events: readonly Pick<StoredEvent, 'organization' | 'id'>[]): Promise<void> {
    await inBatches(events.map(keyOf), String, (batch) =>
      again(() => this.events.updateMany({ _id: { $in: batch } }, { $set: { dispatched: true } })),
    );
  }

  undispatched(before: number, limit: number): Promise<StoredEvent[]> {
    const query = { dispatched: false, receivedAt: { $lt: before } };
    return this.events.find(query).sort({ receivedAt: 1 }).limit(limit).map(toEvent).toArray();
  }

  async purge(before: number, limit: number): Promise<number> {
    const query = { dispatched: true, receivedAt: { $lt: before } };
    const sorted = this.events.find(query, { projection: { _id: 1 } }).sort({ receivedAt: 1 });
    const ids = (await sorted.limit(limit).toArray()).map(({ _id }) => _id);
    return (await this.events.deleteMany({ _id: { $in: ids }, ...query })).deletedCount;
  }
}
