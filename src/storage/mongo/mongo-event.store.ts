import type { mongo } from 'mongoose';
import type { Json } from '../../domain/json.js';
import { amended, bounded, type EventOutcome } from '../../events/event-outcome.js';
import {
  EventStore,
  placeOf,
  type DispatchedEvent,
  type EventFilter,
  type EventHead,
  type EventKey,
  type EventRecord,
  type StoredEvent,
} from '../../events/event.store.js';
import { firstIdAt } from '../../domain/ids.js';
import type { Listing, Page } from '../../domain/listing.js';
import { readableEvent, readableOutcome, readableTrace } from '../readable-event.js';
import { inBatches } from './batches.js';
import { insertNew } from './bulk.js';
import { fitting } from './fitting.js';
import type { EventDocument, MongoCollections } from './mongo-collections.js';
import { look } from './look.js';
import { again } from './mongo-errors.js';
import { notSince } from './not-since.js';
import { purge } from './purge.js';

/** How many events come at a time where they are read with their data, which may be a megabyte each. */
const READ_AT_ONCE = 8;

/** The sender chooses an event's id, so it is unique only together with the organization. */
const keyOf = ({ organization, id }: EventKey): string => JSON.stringify([organization, id]);

const toDocument = (event: StoredEvent): Omit<EventDocument, 'lastWrite'> => ({
  _id: keyOf(event),
  organization: event.organization,
  eventId: event.id,
  type: event.type,
  data: JSON.stringify(event.data),
  receivedAt: event.receivedAt,
  dispatched: event.dispatched,
  ...(event.source !== undefined && { source: event.source }),
  ...(event.digest !== undefined && { digest: event.digest }),
  ...(event.trace && { trace: JSON.stringify(event.trace) }),
  place: placeOf(event),
});

const toEvent = (document: EventDocument): StoredEvent =>
  readableEvent({ ...document, id: document.eventId }, () => ({
    organization: document.organization,
    id: document.eventId,
    type: document.type,
    data: JSON.parse(document.data) as Json,
    receivedAt: document.receivedAt,
    dispatched: document.dispatched,
    ...(document.tries !== undefined && { tries: document.tries }),
    ...(document.failure !== undefined && { failure: document.failure }),
    ...(document.source !== undefined && { source: document.source }),
    ...(document.digest !== undefined && { digest: document.digest }),
    ...readableTrace(document.trace),
  }));

/** Without the data: a look leaves it out. */
function toHead(document: EventDocument): EventHead {
  const { data: _data, digest: _digest, ...head } = toEvent({ ...document, data: 'null' });
  return { place: document.place!, outcome: readableOutcome(document.outcome), ...head };
}

/** How often an outcome is read anew because somebody else wrote it meanwhile. */
const MOST_TRIES = 20;

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

  async markDispatched(events: readonly DispatchedEvent[]): Promise<void> {
    await this.setOutcomes(events.flatMap(({ outcome, ...key }) => (outcome ? [{ _id: keyOf(key), outcome }] : [])));
    const others = events.filter(({ outcome }) => !outcome);
    await inBatches(others.map(keyOf), String, (batch) =>
      again(() =>
        this.events.updateMany({ _id: { $in: batch } }, { $set: { dispatched: true }, $unset: { failure: '' } }),
      ),
    );
  }

  async putOff(event: EventKey, failure: string, retryAt: number | null): Promise<void> {
    const update = { $set: { failure, retryAt, dispatched: retryAt === null }, $inc: { tries: 1 } };
    await again(() => this.events.updateOne({ _id: keyOf(event), dispatched: false }, update));
  }

  async amend(organization: string, ids: readonly string[], change: EventOutcome): Promise<void> {
    const changed = (before: EventOutcome) => amended(before, change);
    await Promise.all(ids.map((id) => this.setOutcome(keyOf({ organization, id }), changed)));
  }

  /** All together where none of them has an outcome yet, and else those anew whose write did not meet what it expected. */
  private async setOutcomes(told: readonly { _id: string; outcome: EventOutcome }[]): Promise<void> {
    const done = { dispatched: true } as const;
    const change = ({ _id, outcome }: (typeof told)[number]) =>
      this.setOutcome(_id, (later) => amended(bounded(outcome), later), done);
    const [first] = told;
    if (told.length === 1) return change(first!);
    await inBatches(
      told,
      ({ _id }) => _id,
      async (batch) => {
        const updates = batch.map(({ _id, outcome }) => ({
          updateOne: {
            filter: { _id, outcome: { $exists: false } },
            update: { $set: { outcome: JSON.stringify(bounded(outcome)), ...done }, $unset: { failure: '' as const } },
          },
        }));
        const { matchedCount } = await again(() => this.events.bulkWrite(updates, { ordered: false }));
        if (matchedCount < batch.length) for (const each of batch) await change(each);
      },
    );
  }

  /** Changes the outcome of an event, whose present one nobody else changes meanwhile; at first none is expected. */
  private async setOutcome(
    _id: string,
    change: (before: EventOutcome) => EventOutcome,
    done?: { dispatched: true },
  ): Promise<void> {
    let known: string | undefined;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const outcome = JSON.stringify(change(readableOutcome(known)));
      const same = known === undefined ? { $exists: false } : { $eq: known };
      const update = { $set: { outcome, ...done }, ...(done && { $unset: { failure: '' as const } }) };
      const { matchedCount } = await again(() => this.events.updateOne({ _id, outcome: same }, update));
      if (matchedCount === 1) return;
      const found = await this.events.findOne({ _id }, { projection: { outcome: 1 } });
      if (!found) return;
      known = found.outcome;
    }
    throw new Error('What came of an event cannot be recorded: others write it all the time.');
  }

  async undispatchedAmong(organization: string, ids: readonly string[]): Promise<Set<string>> {
    const query = { _id: { $in: ids.map((id) => keyOf({ organization, id })) }, dispatched: false };
    const found = await this.events.find(query, { projection: { eventId: 1 } }).toArray();
    return new Set(found.map(({ eventId }) => eventId));
  }

  async get(organization: string, id: string): Promise<EventRecord | null> {
    const document = await this.events.findOne({ _id: keyOf({ organization, id }) });
    return document && { outcome: readableOutcome(document.outcome), ...toEvent(document) };
  }

  async list(organization: string, { type, source, from, to }: EventFilter, page: Page): Promise<Listing<EventHead>> {
    const range = {
      // The index holds only what has a place.
      $gte: from === undefined ? '' : firstIdAt(from),
      ...(to !== undefined && { $lt: firstIdAt(Math.max(to, 1)) }),
    };
    const way = { key: 'place', order: -1, hint: 'list', projection: { data: 0 } } as const;
    const along = { organization };
    const tried = { ...(type !== undefined && { type }), ...(source !== undefined && { source }) };
    const { items, next } = await look<EventDocument, string>(this.events, { ...way, along, range, tried }, page);
    return { items: items.map(toHead), next };
  }

  async undispatched(before: number, limit: number): Promise<StoredEvent[]> {
    const isDue = { $or: [{ retryAt: null }, { retryAt: { $lt: before } }] };
    const query = { dispatched: false, receivedAt: { $lt: before }, ...isDue } as mongo.Filter<EventDocument>;
    const found = this.events.find(query).sort({ receivedAt: 1 }).limit(limit).batchSize(READ_AT_ONCE);
    const { documents } = await fitting(found, ({ data }) => data.length);
    return documents.map(toEvent);
  }

  async purge(before: number, limit: number): Promise<number> {
    const old = { dispatched: { $ne: false }, receivedAt: notSince(before) };
    // Without a date that can be read, nobody will ever dispatch it.
    const broken = { dispatched: false, receivedAt: notSince(0) };
    const removed = await purge(this.events, old, 'receivedAt', limit);
    return removed + (await purge(this.events, broken, 'receivedAt', limit - removed));
  }
}
