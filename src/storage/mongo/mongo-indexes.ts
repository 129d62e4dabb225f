import type { mongo } from 'mongoose';
import type { RunState, RunTrigger } from '../../domain/run.js';
import type { CollectionName, MongoCollections } from './mongo-collections.js';

/** An index and the query that it is there for. */
export interface DeclaredIndex extends mongo.IndexDescription {
  name: string;
  serves: string;
}

const TWO_DAYS_S = 172_800;

const only = (partialFilterExpression: mongo.Document) => ({ partialFilterExpression });
const present = (field: string) => only({ [field]: { $exists: true } });

/** How runs end that somebody may look for among many that succeeded. */
const TROUBLED = ['failed', 'timed_out', 'cancelled', 'skipped', 'missed'] satisfies RunState[];

/** What makes runs beside schedules. */
const ASKED_FOR = ['manual', 'event', 'backfill', 'retry'] satisfies RunTrigger[];

/**
 * Every index but those on `_id`. Each of them costs something at every write of a run or a task, so they hold no more
 * than their queries need. The logs need none: the id of an entry begins with its run's.
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
      name: 'event',
      key: { organization: 1, eventTypes: 1 },
      ...present('eventTypes'),
      serves: 'TaskStore.forEvent; only tasks that wait for events are in it',
    },
    { name: 'due', key: { wakeAt: 1, shard: 1 }, serves: 'TaskStore.dueBetween, of all tasks and of some shards' },
    {
      name: 'dueOfOrganization',
      key: { organization: 1, wakeAt: 1, shard: 1 },
      serves: 'TaskStore.dueBetween of one organization, and in turns',
    },
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
      name: 'unfinished',
      key: { taskId: 1 },
      ...present('holder'),
      serves: 'RunStore.unfinishedOf and busyAmong; only unfinished runs are in it',
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
    { name: 'age', key: { to: 1 }, serves: 'RunStore.purgeLedger' },
  ],
  locks: [
    { name: 'expiry', key: { expiresAt: 1 }, expireAfterSeconds: 0, serves: 'the removal of expired locks' },
    { name: 'owner', key: { owner: 1 }, serves: 'LockStore.renew' },
  ],
  events: [{ name: 'dispatch', key: { dispatched: 1, receivedAt: 1 }, serves: 'EventStore.undispatched and purge' }],
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
  figures: [
    { name: 'organization', key: { organization: 1, minute: 1, instance: 1 }, serves: 'StatsStore.minutes and totals' },
    { name: 'age', key: { minute: 1 }, serves: 'StatsStore.purge' },
  ],
  apiKeys: [
    { name: 'prefix', key: { prefix: 1 }, unique: true, serves: 'ApiKeyStore.find' },
    { name: 'list', key: { organization: 1, _id: -1 }, serves: 'ApiKeyStore.list' },
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

/** Creates the indexes that are missing and waits until they can be used. */
export async function createIndexes(collections: MongoCollections): Promise<void> {
  const creations = Object.entries(INDEXES).map(([name, declared]) => {
    const descriptions = declared.map(({ serves, ...description }) => description);
    return collections.of(name as CollectionName).createIndexes(descriptions);
  });
  await Promise.all(creations);
}
