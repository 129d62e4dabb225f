import type { mongo } from 'mongoose';
import { LockStore } from '../../locking/lock.store.js';
import { inBatches } from './batches.js';
import type { LockDocument, MongoCollections } from './mongo-collections.js';
import { again, isRefused } from './mongo-errors.js';
import { notSince } from './not-since.js';

/** Whether the lock is unexpired, by the server's clock; one whose end cannot be read has ended. */
const ALIVE = { $and: [{ $eq: [{ $type: '$expiresAt' }, 'date'] }, { $gt: ['$expiresAt', '$$NOW'] }] };
/** The remaining life of the lock in milliseconds. */
const LIFE = { $subtract: ['$expiresAt', '$$NOW'] };
const after = (lifeMs: number) => ({ $add: ['$$NOW', lifeMs] });

interface LivingLock {
  _id: string;
  owner: string;
  life: number;
}

/**
 * The write that takes a lock, or leaves it unchanged when another owner's lock is unexpired. The update decides, not
 * the filter: only in an update does every server know its own time.
 */
function acquisitionOf(key: string, owner: string, lifeMs: number): mongo.AnyBulkWriteOperation<LockDocument> {
  // Literal: an owner that starts with a dollar sign would be read as a field name.
  const me = { $literal: owner };
  const isForeign = { $and: [ALIVE, { $ne: ['$owner', me] }] };
  const update = [
    { $set: { owner: { $cond: [isForeign, '$owner', me] } } },
    { $set: { expiresAt: { $cond: [{ $eq: ['$owner', me] }, after(lifeMs), '$expiresAt'] } } },
  ];
  return { updateOne: { filter: { _id: key }, update, upsert: true } };
}

/** Keeps the locks in MongoDB. A TTL index removes locks that nobody released, an hour after their end. */
export class MongoLockStore extends LockStore {
  private readonly locks: mongo.Collection<LockDocument>;

  constructor({ locks }: MongoCollections) {
    super();
    this.locks = locks;
  }

  async acquire(keys: readonly string[], owner: string, lifeMs: number): Promise<Set<string>> {
    const held = await inBatches([...new Set(keys)], String, (batch) => this.acquireBatch(batch, owner, lifeMs));
    return new Set(held.flat());
  }

  private async acquireBatch(keys: string[], owner: string, lifeMs: number): Promise<string[]> {
    const writes = keys.map((key) => acquisitionOf(key, owner, lifeMs));
    // Two owners that take a new lock at the same time may collide, which servers tell by different codes; on the second
    // try the lock exists.
    const result = await again(() => this.locks.bulkWrite(writes, { ordered: false }), isRefused);
    // A lock of another owner is matched but not modified.
    if (result.modifiedCount + result.upsertedCount === keys.length) return keys;
    const held = await this.locks.find({ _id: { $in: keys }, owner }, { projection: { _id: 1 } }).toArray();
    return held.map(({ _id }) => _id);
  }

  async renew(owner: string, lifeMs: number): Promise<Set<string>> {
    // Never shortened: the clock of a new primary may be behind.
    const extended = { $cond: [ALIVE, { $max: [after(lifeMs), '$expiresAt'] }, '$expiresAt'] };
    await again(() => this.locks.updateMany({ owner }, [{ $set: { expiresAt: extended } }]));
    // The TTL index passes over what is no date.
    await again(() => this.locks.deleteMany({ expiresAt: notSince(new Date(0)) }));
    return new Set((await this.alive({ owner })).map(({ _id }) => _id));
  }

  async release(keys: readonly string[], owner: string): Promise<void> {
    await inBatches(keys, String, (batch) => again(() => this.locks.deleteMany({ _id: { $in: batch }, owner })));
  }

  async holders(keys: readonly string[]): Promise<Map<string, string>> {
    const alive = await this.alive({ _id: { $in: [...keys] } });
    return new Map(alive.map(({ _id, owner }) => [_id, owner]));
  }

  async remaining(keys: readonly string[]): Promise<Map<string, number>> {
    const alive = await this.alive({ _id: { $in: [...keys] } });
    return new Map(alive.map(({ _id, life }) => [_id, life]));
  }

  private alive(query: mongo.Filter<LockDocument>): Promise<LivingLock[]> {
    return this.locks
      .aggregate<LivingLock>([
        // Of anything else than a date no life can be told.
        { $match: { ...query, expiresAt: { $type: 'date' } } },
        { $project: { owner: 1, life: LIFE } },
        { $match: { life: { $gt: 0 } } },
      ])
      .toArray();
  }
}
