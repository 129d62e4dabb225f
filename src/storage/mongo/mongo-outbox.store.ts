import type { mongo } from 'mongoose';
import type { Telling } from '../../domain/telling.js';
import {
  OutboxStore,
  type Marks,
  type OutboxPage,
  type OutboxSize,
  type StoredTelling,
  type TellingHead,
} from '../../outbox/outbox.store.js';
import { consumersIn, messagesIn } from '../readable-telling.js';
import { insertMissing } from './bulk.js';
import { MadeChanges } from './made-changes.js';
import type { MongoCollections } from './mongo-collections.js';
import { again, isCollision } from './mongo-errors.js';
import {
  behind,
  idsOf,
  tellingId,
  toOutboxDocument,
  type OutboxDocument,
  type OutboxMarkDocument,
} from './outbox.document.js';

const MOST_STREAMS = 1000;
/** How many tellings are read at once, however small. */
const PAGE = 500;
const HEAD = { stream: 1, sequence: 1, at: 1, bytes: 1, consumers: 1 };

const headFrom = ({ stream, sequence, at, bytes, consumers }: OutboxDocument): TellingHead => ({
  ...{ stream, sequence, at, bytes },
  consumers: consumersIn(consumers),
});

/** The streams of which there are documents, each found behind the one before. */
async function streamsIn(collection: mongo.Collection<OutboxDocument> | mongo.Collection<OutboxMarkDocument>) {
  const streams: string[] = [];
  for (let after = ''; streams.length < MOST_STREAMS; after = behind(streams.at(-1)!)) {
    const [first] = await (collection as mongo.Collection<OutboxMarkDocument>)
      .find({ _id: { $gt: after } }, { projection: { stream: 1 } })
      .sort({ _id: 1 })
      .limit(1)
      .toArray();
    if (!first) break;
    streams.push(first.stream);
  }
  return streams;
}

/** Keeps the outbox in MongoDB: a message is stored before the change that it reports, and read if that was made. */
export class MongoOutboxStore extends OutboxStore {
  private readonly outbox: mongo.Collection<OutboxDocument>;
  private readonly made: MadeChanges;

  constructor(private readonly collections: MongoCollections) {
    super();
    this.outbox = collections.outbox;
    this.made = new MadeChanges(collections);
  }

  append(tellings: readonly Telling[]): Promise<void> {
    return insertMissing(this.outbox, tellings.map(toOutboxDocument));
  }

  async streams(): Promise<string[]> {
    const [told, marked] = await Promise.all([streamsIn(this.outbox), streamsIn(this.collections.outboxMarks)]);
    return [...new Set([...told, ...marked])].sort();
  }

  async read(stream: string, { after, bytes, now }: OutboxPage): Promise<StoredTelling[]> {
    const query = { _id: idsOf(stream, after) };
    const sizes = this.outbox.find(query, { projection: { sequence: 1, bytes: 1 } }).sort({ _id: 1 });
    const sized = await sizes.limit(PAGE).toArray();
    let last = after;
    for (let sum = 0, index = 0; index < sized.length && (index === 0 || sum + sized[index]!.bytes <= bytes); index++) {
      sum += sized[index]!.bytes;
      last = sized[index]!.sequence;
    }
    if (last === after) return [];
    const found = this.outbox.find({ _id: idsOf(stream, after, last) }).sort({ _id: 1 });
    return this.verified(await found.toArray(), now);
  }

  async marks(stream: string): Promise<Marks> {
    const marks = await this.collections.outboxMarks
      .find({ _id: { $gt: `${stream}:`, $lt: behind(stream) } })
      .toArray();
    return Object.fromEntries(marks.map(({ consumer, sequence }) => [consumer, sequence]));
  }

  async settle(stream: string, marks: Marks, through: number): Promise<void> {
    const moves = Object.entries(marks).map(([consumer, sequence]) => ({
      updateOne: {
        filter: { _id: `${stream}:${consumer}` },
        update: { $set: { stream, consumer }, $max: { sequence } },
        upsert: true,
      },
    }));
    if (moves.length > 0)
      await again(() => this.collections.outboxMarks.bulkWrite(moves, { ordered: false }), isCollision);
    await again(() => this.outbox.deleteMany({ _id: idsOf(stream, 0, through) }));
  }

  async prune(stream: string): Promise<void> {
    const marks = await this.marks(stream);
    let left = 0;
    for (let after = 0; ;) {
      const page = await this.outbox
        .find({ _id: idsOf(stream, after) }, { projection: HEAD })
        .sort({ _id: 1 })
        .limit(PAGE)
        .toArray();
      const done = page.filter(({ sequence, consumers }) =>
        Object.keys(consumersIn(consumers)).every((name) => (marks[name] ?? 0) >= sequence),
      );
      if (done.length > 0) await again(() => this.outbox.deleteMany({ _id: { $in: done.map(({ _id }) => _id) } }));
      left += page.length - done.length;
      if (page.length < PAGE) break;
      after = page.at(-1)!.sequence;
    }
    if (left > 0) return;
    await again(() => this.collections.outboxMarks.deleteMany({ _id: { $gt: `${stream}:`, $lt: behind(stream) } }));
  }

  async size(): Promise<OutboxSize> {
    const [sums] = await this.outbox
      .aggregate<OutboxSize>([
        { $match: { at: { $gt: 0 } } },
        { $group: { _id: null, bytes: { $sum: '$bytes' }, oldest: { $min: '$at' } } },
        { $project: { _id: 0, bytes: 1, oldest: 1 } },
      ])
      .toArray();
    return sums ?? { bytes: 0, oldest: null };
  }

  async oldest(limit: number): Promise<TellingHead[]> {
    const found = this.outbox
      .find({ at: { $gt: 0 } }, { projection: HEAD })
      .sort({ at: 1 })
      .limit(limit);
    return (await found.toArray()).map(headFrom);
  }

  async giveUp(heads: readonly TellingHead[], lost: Marks): Promise<void> {
    const ids = heads.map(({ stream, sequence }) => tellingId(stream, sequence));
    await again(() => this.outbox.deleteMany({ _id: { $in: ids } }));
    for (const [consumer, count] of Object.entries(lost))
      await this.collections.outboxLosses.updateOne({ _id: consumer }, { $inc: { count } }, { upsert: true });
  }

  async losses(): Promise<Marks> {
    const losses = await this.collections.outboxLosses.find().toArray();
    return Object.fromEntries(losses.map(({ _id, count }) => [_id, count]));
  }

  private async verified(documents: readonly OutboxDocument[], now: number): Promise<StoredTelling[]> {
    const each = documents.map((document) => {
      const messages = Array.isArray(document.messages) ? document.messages : [];
      return { document, messages: messages.map((message) => Object.assign({ at: document.at }, message)) };
    });
    const made = await this.made.among(
      each.flatMap(({ messages }) => messages),
      now,
    );
    return each.map(({ document: { stream, sequence, at, consumers }, messages }) => ({
      ...{ stream, sequence, at, consumers: consumersIn(consumers) },
      messages: messages.filter((message) => made.has(message)).flatMap(({ body }) => messagesIn(`[${body}]`)),
    }));
  }
}
