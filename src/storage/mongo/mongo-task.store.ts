import type { mongo } from 'mongoose';
import type { LedgerEntry } from '../../domain/ledger.js';
import { shardOf } from '../../domain/shards.js';
import type { Task, TaskState } from '../../domain/task.js';
import type { Listing } from '../../scheduling/listing.js';
import { type DueTasks, type Page, type Standing, type TaskFilter, TaskStore } from '../../scheduling/task.store.js';
import { insertNew, readsOf, writeToken } from './bulk.js';
import type { GatheredReads } from '../gathered-reads.js';
import { toLedgerDocument } from './ledger.document.js';
import { LedgerOutbox } from './ledger-outbox.js';
import { look, type Walk } from './look.js';
import type { MongoCollections } from './mongo-collections.js';
import { replacementOf, searchable, type TaskDocument, toTask, toTaskDocument } from './task.document.js';

/** The text as a regular expression that matches nothing but it. */
const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('\0', '\\x00');

/** The way to the tasks that a filter lets through: by their tag, by their state, or all of the organization. */
function walkTo(organization: string, { state, tag, q }: TaskFilter): Walk<string> {
  const tried = q === undefined ? {} : { searchName: { $regex: literal(searchable(q)) } };
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

  constructor(collections: MongoCollections) {
    super();
    this.tasks = collections.tasks;
    this.reads = readsOf(this.tasks);
    this.outbox = new LedgerOutbox(collections);
  }

  insert(tasks: readonly Task[]): Promise<Set<string>> {
    return insertNew(this.tasks, tasks.map(toTaskDocument));
  }

  async get(organization: string, id: string): Promise<Task | null> {
    const document = await this.reads.get(id);
    return document?.organization === organization ? toTask(document) : null;
  }

  count(organization: string, atMost: number): Promise<number> {
    return this.tasks.countDocuments({ organization }, { limit: atMost });
  }

  async list(organization: string, filter: TaskFilter, page: Page): Promise<Listing<Task>> {
    const { items, next } = await look(this.tasks, walkTo(organization, filter), page);
    return { items: items.map(toTask), next };
  }

  async replace(
    organization: string,
    task: Task,
    { generation, next }: Standing,
    ledger: readonly LedgerEntry[] = [],
  ): Promise<boolean> {
    const place = next ? { 'next.scheduledFor': next.scheduledFor } : { next: null };
    const filter = { _id: task.id, organization, generation, ...place };
    if (ledger.length > 0) return this.replaceTelling(filter, task, ledger);
    const { matchedCount } = await this.tasks.updateOne(filter, replacementOf(task));
    return matchedCount === 1;
  }

  /** The entries become true with the change, by way of the outbox. */
  private async replaceTelling(
    filter: mongo.Filter<TaskDocument>,
    task: Task,
    ledger: readonly LedgerEntry[],
  ): Promise<boolean> {
    const { $set, ...rest } = replacementOf(task);
    const outbox = { token: writeToken(), entries: ledger.map(toLedgerDocument) };
    const update = { ...rest, $set: { ...$set, outbox } };
    for (;;) {
      await this.outbox.settle(task.id);
      const { matchedCount } = await this.tasks.updateOne({ ...filter, outbox: { $exists: false } }, update);
      if (matchedCount === 1) break;
      // Whoever moved it here may have filled the outbox since it was looked at.
      if ((await this.tasks.countDocuments(filter)) === 0) return false;
    }
    await this.outbox.settle(task.id);
    return true;
  }

  async remove(organization: string, id: string, generation: number): Promise<boolean> {
    const { deletedCount } = await this.tasks.deleteOne({ _id: id, organization, generation });
    return deletedCount === 1;
  }

  forEvent(organization: string, eventType: string): Promise<Task[]> {
    return this.tasks.find({ organization, eventTypes: eventType, state: 'active' }).map(toTask).toArray();
  }

  dueBetween({ from, after, before, limit, shards, organization, turns }: DueTasks): Promise<Task[]> {
    const one = organization ?? (turns && { $gt: turns.after, $nin: turns.except ?? [] });
    const query = {
      ...(one !== undefined && { organization: one }),
      wakeAt: { $gte: from, $lt: before },
      ...(shards && { shard: { $in: [...shards, null] } }),
      // By id within a shard too, the servers that were tried sort each page anew, or take seconds for it.
      ...(after !== undefined && { $or: [{ wakeAt: { $gt: from } }, { shard: { $gte: shardOf(after) } }] }),
    };
    const order = { ...(turns && { organization: 1 as const }), wakeAt: 1 as const, shard: 1 as const };
    return this.tasks.find(query).sort(order).limit(limit).map(toTask).toArray();
  }

  byIds(ids: readonly string[]): Promise<Task[]> {
    return this.tasks
      .find({ _id: { $in: ids } })
      .map(toTask)
      .toArray();
  }

  async countByState(): Promise<Record<TaskState, number>> {
    const count = (state: TaskState) => this.tasks.countDocuments({ state });
    const [active, paused, completed] = await Promise.all([count('active'), count('paused'), count('completed')]);
    return { active, paused, completed };
  }
}
