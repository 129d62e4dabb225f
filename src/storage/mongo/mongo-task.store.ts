import type { mongo } from 'mongoose';
import type { LedgerEntry } from '../../domain/ledger.js';
import { DEFAULT_QUEUE } from '../../domain/queue.js';
import { shardOf } from '../../domain/shards.js';
import type { Task, TaskState } from '../../domain/task.js';
import type { Telling } from '../../domain/telling.js';
import { listingOf, type Listing } from '../../domain/listing.js';
import { withEnding } from '../../stats/stats.store.js';
import { countEnding } from './ending-tasks.js';
import {
  type DueTasks,
  type Page,
  type PlacedTask,
  type Standing,
  type TaskFilter,
  type TaskSorting,
  type TaskVersion,
  TaskStore,
} from '../../scheduling/ports/task.store.js';
import { MOST_READ } from '../../scheduling/ports/task-pages.js';
import { EventShapes } from './event-shapes.js';
import { anyTerm } from '../../domain/event-index.js';
import { insertMissing, insertNew, readsOf, writeToken } from './bulk.js';
import type { QueuedTasks } from '../../domain/queue-counts.js';
import type { GatheredReads } from '../../batching/gathered-reads.js';
import { fitting } from './fitting.js';
import { toLedgerDocument } from './ledger.document.js';
import { LedgerOutbox } from './ledger-outbox.js';
import { literal } from './literal.js';
import { look, type Walk } from './look.js';
import type { MongoCollections } from './mongo-collections.js';
import { again } from './mongo-errors.js';
import { toOutboxDocument } from './outbox.document.js';
import { inParts, notLeftOut } from './parts-query.js';
import { sortedTasks } from './task-orders.js';
import { replacementOf, searchable, type TaskDocument, toTask, toTaskDocument } from './task.document.js';

type Stamped<Update extends { $set: object }> = Update & { $set: { lastWrite: string } };

const NO_SHAPES: ReadonlySet<string> = new Set();
type VersionDocument = Pick<TaskDocument, '_id' | 'generation' | 'createdAt' | 'updatedAt'>;
const VERSION = { _id: 1, generation: 1, createdAt: 1, updatedAt: 1 } as const;
const WAITS = { $in: ['active', 'paused'] satisfies TaskState[] };

const afterId = (after: string | undefined) => (after === undefined ? {} : { _id: { $gt: after } });

/** What is tested of each task, that no walk answers by itself. */
const triedOf = ({ q, queue, states, tags }: TaskFilter): mongo.Document => ({
  ...(q !== undefined && { searchName: { $regex: literal(searchable(q)) } }),
  ...(queue !== undefined && { queue: queue === DEFAULT_QUEUE ? null : queue }),
  ...((states || tags) && {
    $and: [...(states ? [{ state: { $in: states } }] : []), ...(tags?.length ? [{ tags: { $all: tags } }] : [])],
  }),
});

/** What is tested of each task of a walk through all of them. */
const fitsTask = ({ state, tag, ...filter }: TaskFilter): mongo.Document =>
  Object.assign(triedOf(filter), state !== undefined && { state }, tag !== undefined && { tags: tag });

/** The walk to the tasks that match a filter: by tag, by state, or through all tasks of the organization. */
function walkTo(organization: string, { state, tag, ...filter }: TaskFilter): Walk<string> {
  const tried = triedOf(filter);
  const way = { key: '_id', order: -1 } as const;
  const byState = state !== undefined && { state };
  if (tag !== undefined)
    return { ...way, hint: 'tag', along: { organization, tags: tag }, tried: { ...tried, ...byState } };
  return { ...way, hint: state ? 'state' : 'list', along: { organization, ...byState }, tried };
}

/** Keeps the tasks in MongoDB. */
export class MongoTaskStore extends TaskStore {
  private readonly tasks: mongo.Collection<TaskDocument>;
  private readonly reads: GatheredReads<TaskDocument>;
  private readonly outbox: LedgerOutbox;
  private readonly shapes: EventShapes;

  constructor(private readonly collections: MongoCollections) {
    super();
    this.tasks = collections.tasks;
    this.reads = readsOf(this.tasks);
    this.outbox = new LedgerOutbox(collections);
    this.shapes = new EventShapes(collections);
  }

  async insert(tasks: readonly Task[], tellings?: readonly Telling[]): Promise<Set<string>> {
    await this.announce(tellings);
    const shapes = await this.shapes.withThoseOf(tasks);
    const documents = tasks.map((task) => toTaskDocument(task, shapes.get(task.organization) ?? NO_SHAPES));
    return insertNew(this.tasks, documents);
  }

  async get(organization: string, id: string): Promise<Task | null> {
    const document = await this.reads.get(id);
    return document?.organization === organization ? toTask(document) : null;
  }

  count(organization: string, atMost: number): Promise<number> {
    return this.tasks.countDocuments({ organization }, { limit: atMost });
  }

  async list(organization: string, filter: TaskFilter, page: Page): Promise<Listing<Task>> {
    // The documents themselves are read once it is known which; those that do not fit are left to the next page.
    const { items, next } = await look(this.tasks, { ...walkTo(organization, filter), projection: { _id: 1 } }, page);
    if (items.length === 0) return { items: [], next };
    const found = this.tasks.find({ _id: { $in: items.map(({ _id }) => _id) } }).sort({ _id: -1 });
    const { tasks, isCut } = await fittingTasks(found);
    return { items: tasks, next: isCut ? tasks.at(-1)!.id : next };
  }

  sorted(organization: string, sorting: TaskSorting, filter: TaskFilter, page: Page): Promise<Listing<PlacedTask>> {
    return sortedTasks(this.tasks, organization, sorting, fitsTask(filter), page);
  }

  async replace(
    organization: string,
    task: Task,
    { generation, next }: Standing,
    ledger: readonly LedgerEntry[] = [],
    tellings?: readonly Telling[],
  ): Promise<boolean> {
    await this.announce(tellings);
    const place = next ? { 'next.scheduledFor': next.scheduledFor } : { next: null };
    const filter = { _id: task.id, organization, generation, ...place };
    const shapes = (await this.shapes.withThoseOf([task])).get(organization) ?? NO_SHAPES;
    const replacement = replacementOf(task, shapes);
    const lastWrite = writeToken();
    const stamped = { ...replacement, $set: Object.assign({ lastWrite }, replacement.$set) };
    if (ledger.length > 0) return this.replaceTelling(filter, stamped, ledger);
    return (await this.write(filter, stamped)) || this.isWritten(task.id, lastWrite);
  }

  private async write(filter: mongo.Filter<TaskDocument>, update: mongo.UpdateFilter<TaskDocument>): Promise<boolean> {
    return (await again(() => this.tasks.updateOne(filter, update))).matchedCount === 1;
  }

  /** A repetition after a lost answer finds its own write. */
  private async isWritten(_id: string, lastWrite: string): Promise<boolean> {
    return (await this.tasks.countDocuments({ _id, lastWrite })) === 1;
  }

  /** Stores what is told of a change that is about to be made. */
  private announce(tellings: readonly Telling[] = []): Promise<void> {
    return insertMissing(this.collections.outbox, tellings.map(toOutboxDocument));
  }

  /** The outbox makes the entries valid together with the change. */
  private async replaceTelling(
    filter: mongo.Filter<TaskDocument> & { _id: string },
    { $set, ...rest }: Stamped<ReturnType<typeof replacementOf>>,
    ledger: readonly LedgerEntry[],
  ): Promise<boolean> {
    const id = filter._id;
    const outbox = { token: $set.lastWrite, entries: ledger.map(toLedgerDocument) };
    const update = { ...rest, $set: { ...$set, outbox } };
    for (;;) {
      await this.outbox.settle(id);
      if (await this.write({ ...filter, outbox: { $exists: false } }, update)) break;
      if (await this.isWritten(id, $set.lastWrite)) break;
      // Whoever moved the task here may have filled the outbox after it was checked.
      if ((await this.tasks.countDocuments(filter)) === 0) return false;
    }
    await this.outbox.settle(id);
    return true;
  }

  async remove(organization: string, id: string, generation: number, tellings?: readonly Telling[]): Promise<boolean> {
    await this.announce(tellings);
    let tries = 0;
    const { deletedCount } = await again(() => {
      tries++;
      return this.tasks.deleteOne({ _id: id, organization, generation });
    });
    if (deletedCount === 1 || tries === 1) return deletedCount === 1;
    // A repetition after a lost answer finds the task gone.
    return (await this.tasks.countDocuments({ _id: id })) === 0;
  }

  async forEvent(
    organization: string,
    eventType: string,
    after?: string,
    bytes?: number,
    terms?: readonly string[],
  ): Promise<Listing<Task>> {
    const ids = terms
      ? (await this.under(organization, eventType, after, terms, { _id: 1 })).map(({ _id }) => _id)
      : await this.idsForEvent(organization, eventType, after, MOST_READ + 1);
    if (ids.length === 0) return { items: [], next: null };
    const found = this.tasks.find({ _id: { $in: ids.slice(0, MOST_READ) }, state: WAITS }).sort({ _id: 1 });
    const { tasks, isCut } = await fittingTasks(found, bytes);
    if (isCut) return { items: tasks, next: tasks.at(-1)!.id };
    return { items: tasks, next: ids.length > MOST_READ ? ids[MOST_READ - 1]! : null };
  }

  async versionsForEvent(
    organization: string,
    eventType: string,
    after: string | undefined,
    terms: readonly string[],
  ): Promise<Listing<TaskVersion>> {
    const found = await this.under(organization, eventType, after, terms, VERSION);
    const versions = found.map(({ _id, ...version }) => ({ id: _id, ...version }));
    return listingOf(versions, MOST_READ, ({ id }) => id);
  }

  eventShapes(organization: string): Promise<string[]> {
    return this.shapes.of(organization);
  }

  idsForEvent(organization: string, eventType: string, after: string | undefined, limit: number): Promise<string[]> {
    const which = { organization, eventTypes: eventType, ...afterId(after) };
    return this.waiting(which, limit, { _id: 1 }).then((found) => found.map(({ _id }) => _id));
  }

  /** Those under the terms, by id, one more than is read. */
  private under(
    organization: string,
    eventType: string,
    after: string | undefined,
    terms: readonly string[],
    projection: Readonly<Record<string, 1>>,
  ): Promise<VersionDocument[]> {
    const which = { organization, ...afterId(after), eventTypes: { $in: [anyTerm(eventType), ...terms] } };
    return this.waiting(which, MOST_READ + 1, projection);
  }

  private waiting(
    which: mongo.Filter<TaskDocument>,
    limit: number,
    projection: Readonly<Record<string, 1>>,
  ): Promise<VersionDocument[]> {
    const found = this.tasks.find<VersionDocument>({ ...which, state: WAITS }, { projection });
    // In one answer, of which the server's own first one holds 101.
    return found
      .sort({ _id: 1 })
      .limit(limit)
      .batchSize(limit + 1)
      .toArray();
  }

  async dueBetween(range: DueTasks): Promise<Task[]> {
    const { from, after, before, limit, shards, parts, without, organization, turns } = range;
    if (parts?.length === 0) return [];
    const one = organization ?? (turns && { $gt: turns.after, $nin: turns.except ?? [] });
    const query = {
      ...(one !== undefined && { organization: one }),
      wakeAt: { $gte: from, $lt: before },
      ...(shards && { shard: { $in: [...shards, null] } }),
      ...(parts && { $and: [inParts(parts)] }),
      ...notLeftOut(without),
      // With the id as another sort key within a shard, the tested servers sort each page again, or take seconds for
      // it.
      ...(after !== undefined && { $or: [{ wakeAt: { $gt: from } }, { shard: { $gte: shardOf(after) } }] }),
    };
    const order = { ...(turns && { organization: 1 as const }), wakeAt: 1 as const, shard: 1 as const };
    return (await fittingTasks(this.tasks.find(query).sort(order).limit(limit))).tasks;
  }

  queues(organization: string, now: number, limit: number): Promise<QueuedTasks[]> {
    const due = { $lte: ['$wakeAt', now] };
    const one = (holds: mongo.Document) => ({ $sum: { $cond: [holds, 1, 0] } });
    return this.tasks
      .aggregate<QueuedTasks>([
        { $match: { organization, wakeAt: { $type: 'number' } } },
        { $sort: { organization: 1, wakeAt: 1 } },
        { $limit: limit },
        {
          $group: {
            _id: { $ifNull: ['$queue', DEFAULT_QUEUE] },
            due: one(due),
            upcoming: one({ $not: [due] }),
            oldest: { $min: '$wakeAt' },
          },
        },
        { $project: { _id: 0, queue: '$_id', due: 1, upcoming: 1, oldest: 1 } },
      ])
      .toArray();
  }

  byIds(ids: readonly string[]): Promise<Task[]> {
    return this.tasks
      .find({ _id: { $in: ids } })
      .map(toTask)
      .toArray();
  }

  async completedAmong(ids: readonly string[]): Promise<Map<string, number>> {
    const found = this.tasks.find(
      { _id: { $in: ids }, state: 'completed' },
      // In one answer, of which the server's own first one holds 101.
      { projection: { generation: 1 }, batchSize: ids.length + 1 },
    );
    return new Map(await found.map(({ _id, generation }) => [_id, generation] as const).toArray());
  }

  async existingAmong(ids: readonly string[]): Promise<Set<string>> {
    const found = this.tasks.find({ _id: { $in: ids } }, { projection: { _id: 1 }, batchSize: ids.length + 1 });
    return new Set(await found.map(({ _id }) => _id).toArray());
  }

  async countByState(limit: number): Promise<Record<TaskState, number>> {
    const count = (state: TaskState) => this.tasks.countDocuments({ state }, { limit });
    const [active, paused, completed] = await Promise.all([count('active'), count('paused'), count('completed')]);
    const stored = { active, paused, completed };
    return completed === 0 ? stored : withEnding(stored, await countEnding(this.collections, limit), limit);
  }
}

/** The first tasks of a cursor, as many as fit into one read. */
async function fittingTasks(
  cursor: mongo.FindCursor<TaskDocument>,
  most?: number,
): Promise<{ tasks: Task[]; isCut: boolean }> {
  const sizeOf = ({ definition, secrets }: TaskDocument): number => definition.length + secrets.length;
  const { documents, isCut } = await fitting(cursor, sizeOf, most);
  return { tasks: documents.map(toTask), isCut };
}
