import type { mongo } from 'mongoose';
import type { RunState, RunTrigger } from '../../domain/run.js';
import type { CollectionName, MongoCollections } from './mongo-collections.js';
import { BEGUN } from './run.document.js';

/** An index and the queries that it serves. */
export interface DeclaredIndex extends mongo.IndexDescription {
  name: string;
  serves: string;
}

const TWO_DAYS_S = 172_800;
const HOUR_S = 3600;

/**
 * Indexes of earlier programs: one removed locks as soon as the clock of the member that removes them said so, one found
 * tasks without terms, and one ended with the id, which some servers sort again for each page of what is due.
 */
const FORMER = [
  ['locks', 'expiry'],
  ['tasks', 'eventsByTypeOnly'],
  ['tasks', 'dueOfOrganizationInOrder'],
] as const;

const only = (partialFilterExpression: mongo.Document) => ({ partialFilterExpression });
const present = (field: string) => only({ [field]: { $exists: true } });

/** Final states that somebody may look for among many succeeded runs. */
const TROUBLED = ['failed', 'timed_out', 'cancelled', 'skipped', 'missed'] satisfies RunState[];

/** Triggers of runs other than schedules. */
const ASKED_FOR = ['manual', 'event', 'backfill', 'retry'] satisfies RunTrigger[];

/**
 * Every index except those on `_id`. Each costs something on every write of a run or a task, so they contain no more
 * than their queries need. Logs need none: the id of an entry starts with the id of its run.
 */
export const INDEXES: Partial<Record<CollectionName, readonly DeclaredIndex[]>> = {
  tasks: [
    { name: 'list', key: { organization: 1, _id: -1 }, serves: 'TaskStore.list, by name too' },
    { name: 'state', key: { state: 1, organization: 1, _id: -1 }, serves: 'TaskStore.list by state, countByState' },
    {
      name: 'tag',
      key: { organization: 1, tags: 1, _id: -1 },
      ...present('tags'),
      serves: 'TaskStore.list by tag; only tasks with tags are in it',
    },
    {
      name: 'eventTerms',
      key: { organization: 1, eventTypes: 1, _id: 1 },
      ...present('eventTypes'),
      serves: 'TaskStore.forEvent, idsForEvent; only tasks that wait for events are in it',
    },
    {
      name: 'dueByNeed',
      key: { wakeAt: 1, shard: 1, skill: 1, queue: 1 },
      serves: 'TaskStore.dueBetween, of all tasks, of some shards, and of those that an instance can run',
    },
    {
      name: 'dueOfOrganizationByNeed',
      key: { organization: 1, wakeAt: 1, shard: 1, skill: 1, queue: 1 },
      serves: 'TaskStore.dueBetween of one organization, and in turns; sorted by the next occurrence',
    },
    { name: 'name', key: { organization: 1, searchName: 1, _id: 1 }, serves: 'TaskStore.sorted by name' },
    { name: 'update', key: { organization: 1, updatedAt: 1, _id: 1 }, serves: 'TaskStore.sorted by the last change' },
  ],
  runs: [
    { name: 'list', key: { organization: 1, _id: -1 }, serves: 'RunStore.list' },
    { name: 'task', key: { organization: 1, taskId: 1, _id: -1 }, serves: 'RunStore.list of a task, lastEnded' },
    {
      name: 'state',
      key: { organization: 1, state: 1, _id: -1 },
      ...only({ state: { $in: TROUBLED } }),
      serves:
        'RunStore.list by state, and failed; not those that succeeded, which any list is full of, nor the few unfinished ones',
    },
    {
      name: 'asked',
      key: { organization: 1, trigger: 1, _id: -1 },
      ...only({ trigger: { $in: ASKED_FOR } }),
      serves: 'RunReads.list by trigger; not those of a schedule, which any list is full of',
    },
    {
      name: 'backfilled',
      key: { taskId: 1, scheduledFor: 1 },
      ...only({ trigger: 'backfill' }),
      serves: 'RunStore.madeUp; only backfilled runs are in it',
    },
    {
      name: 'backfilling',
      key: { taskId: 1, dueAt: 1 },
      ...only({ trigger: 'backfill', holder: { $exists: true } }),
      serves: 'RunReads.lastBackfillDue; only unfinished backfilled runs are in it',
    },
    {
      name: 'holder',
      key: { holder: 1, dueAt: 1 },
      ...present('holder'),
      serves: 'RunStore.heldBy, unowned, waiting and owners; only unfinished runs are in it',
    },
    {
      name: 'holderInTurns',
      key: { holder: 1, organization: 1, dueAt: 1 },
      ...present('holder'),
      serves: 'RunStore.heldBy and unowned in turns; only unfinished runs are in it',
    },
    {
      name: 'unfinishedByHolder',
      key: { taskId: 1, holder: 1, trigger: 1, dueAt: 1 },
      ...present('holder'),
      serves: 'RunStore.unfinishedOf, underWayAmong, heldElsewhere and heldBeside; only unfinished runs are in it',
    },
    {
      name: 'begun',
      key: { taskId: 1, holder: 1 },
      ...only({ state: { $in: BEGUN }, holder: { $exists: true } }),
      serves: 'RunStore.busyAmong, and heldBeside: what has begun; only unfinished runs are in it',
    },
    {
      name: 'begunBefore',
      key: { taskId: 1, holder: 1 },
      ...only({ attempt: { $gt: 1 }, holder: { $exists: true } }),
      serves: 'RunStore.heldBeside: what had begun before; only unfinished runs are in it',
    },
    {
      name: 'cancel',
      key: { holder: 1 },
      ...present('cancelRequested'),
      serves: 'RunStore.cancelRequests; only runs asked to be cancelled are in it',
    },
    {
      name: 'finished',
      key: { finishedAt: 1 },
      ...only({ finishedAt: { $gt: 0 } }),
      serves: 'RunStore.purge; only finished runs are in it',
    },
  ],
  ledger: [
    { name: 'task', key: { organization: 1, taskId: 1, from: 1, to: 1 }, serves: 'RunStore.ledger, ledgerBefore' },
    {
      name: 'reach',
      key: { organization: 1, taskId: 1, digits: 1, from: 1 },
      serves: 'RunStore.ledger: what begins before the range and reaches into it',
    },
    { name: 'age', key: { to: 1 }, serves: 'RunStore.purgeLedger' },
  ],
  locks: [
    {
      name: 'expiredLongAgo',
      // Downwards: the former index, which earlier programs create, has the same key.
      key: { expiresAt: -1 },
      expireAfterSeconds: HOUR_S,
      serves: 'the removal of expired locks; late, for a member whose clock is ahead must not remove living ones',
    },
    { name: 'owner', key: { owner: 1 }, serves: 'LockStore.renew' },
  ],
  events: [
    { name: 'dispatch', key: { dispatched: 1, receivedAt: 1 }, serves: 'EventStore.undispatched and purge' },
    { name: 'list', key: { organization: 1, place: -1 }, ...present('place'), serves: 'EventReads.list' },
  ],
  eventWindows: [
    { name: 'due', key: { dueAt: 1, shard: 1 }, serves: 'EventWindowStore.due' },
    {
      name: 'dueInTurns',
      key: { organization: 1, dueAt: 1, shard: 1 },
      serves: 'EventWindowStore.due in turns',
    },
    {
      name: 'task',
      key: { organization: 1, taskId: 1, _id: -1, bytes: 1 },
      serves: 'EventWindowStore.ofTask and usage',
    },
  ],
  audit: [
    {
      name: 'chain',
      key: { organization: 1, sequence: 1 },
      unique: true,
      serves: 'AuditStore.append, chain and list; one entry for each sequence',
    },
    { name: 'actor', key: { organization: 1, actor: 1, sequence: 1 }, serves: 'AuditStore.list by actor' },
    { name: 'action', key: { organization: 1, action: 1, sequence: 1 }, serves: 'AuditStore.list and last by action' },
    { name: 'object', key: { organization: 1, objects: 1, sequence: 1 }, serves: 'AuditStore.list by object' },
    { name: 'age', key: { at: 1, organization: 1 }, serves: 'AuditStore.organizationsBefore' },
  ],
  auditCheckpoints: [
    {
      name: 'heads',
      key: { organization: 1 },
      ...only({ kind: 'head' }),
      serves: 'AuditStore.heads; only the heads of the trails are in it',
    },
  ],
  figures: [
    { name: 'organization', key: { organization: 1, minute: 1, instance: 1 }, serves: 'StatsStore.minutes and totals' },
    { name: 'age', key: { minute: 1 }, serves: 'StatsStore.purge' },
  ],
  outbox: [{ name: 'age', key: { at: 1, bytes: 1 }, serves: 'OutboxStore.oldest and size' }],
  apiKeys: [
    { name: 'prefix', key: { prefix: 1 }, unique: true, serves: 'ApiKeyStore.find' },
    { name: 'list', key: { organization: 1, _id: -1 }, serves: 'ApiKeyStore.list' },
  ],
  webhookSources: [{ name: 'list', key: { organization: 1, _id: -1 }, serves: 'WebhookSourceStore.list and count' }],
  webhookDeliveries: [
    {
      name: 'result',
      key: { source: 1, result: 1, _id: -1, bytes: 1 },
      serves: 'WebhookDeliveryStore.trim, and list by result',
    },
    { name: 'age', key: { at: 1 }, serves: 'WebhookDeliveryStore.purge' },
  ],
  notifications: [
    { name: 'list', key: { kind: 1, organization: 1, key: -1 }, serves: 'NotificationStore.list and count' },
    { name: 'age', key: { kind: 1, at: 1, organization: 1, key: 1 }, serves: 'NotificationStore.behind and purge' },
  ],
  notificationDeliveries: [
    {
      name: 'status',
      key: { organization: 1, channel: 1, status: 1, key: -1 },
      serves: 'NotificationDeliveryStore.count, and list by channel and status',
    },
    {
      name: 'channel',
      key: { organization: 1, channel: 1, key: -1 },
      serves: 'NotificationDeliveryStore.trim, and list by channel',
    },
    { name: 'list', key: { organization: 1, status: 1, key: -1 }, serves: 'NotificationDeliveryStore.list by status' },
    { name: 'all', key: { organization: 1, key: -1 }, serves: 'NotificationDeliveryStore.list' },
    { name: 'due', key: { dueAt: 1, channel: 1 }, serves: 'NotificationDeliveryStore.due' },
    { name: 'age', key: { at: 1 }, serves: 'NotificationDeliveryStore.purge' },
  ],
  idempotency: [
    {
      name: 'begun',
      key: { begunAt: 1 },
      expireAfterSeconds: TWO_DAYS_S,
      serves: 'IdempotencyStore.purge, and removal after twice the life of a key should nobody purge',
    },
  ],
};

/** Creates the missing indexes, waits until they are ready, and drops what they replace. */
export async function createIndexes(collections: MongoCollections): Promise<void> {
  await Promise.all(Object.keys(INDEXES).map((name) => createIndexesOf(collections, name as CollectionName)));
  await dropFormer(collections);
}

/** At each start, since an earlier program that starts meanwhile creates it again. */
async function dropFormer(collections: MongoCollections): Promise<void> {
  for (const [name, index] of FORMER) {
    const collection = collections.of(name);
    if (!(await collection.indexExists(index))) continue;
    try {
      await collection.dropIndex(index);
    } catch (error) {
      // Another instance that is starting may have been faster.
      if (await collection.indexExists(index)) throw error;
    }
  }
}

/** Creates the missing indexes of a collection. */
export async function createIndexesOf(collections: MongoCollections, name: CollectionName): Promise<void> {
  const descriptions = INDEXES[name]!.map(({ serves, ...description }) => description);
  await collections.of(name).createIndexes(descriptions, collections.indexing);
}
