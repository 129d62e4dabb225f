import type { mongo } from 'mongoose';
import { type Instance, InstanceStore } from '../../cluster/instance.store.js';
import type { InstanceDocument, MongoCollections, StartLimitDocument } from './mongo-collections.js';
import { readableInstance } from '../readable-instance.js';
import { again, isCollision } from './mongo-errors.js';

/** Keeps the entries of instances in MongoDB. */
export class MongoInstanceStore extends InstanceStore {
  private readonly instances: mongo.Collection<InstanceDocument>;

  private readonly limits: mongo.Collection<StartLimitDocument>;

  constructor({ instances, startLimits }: MongoCollections) {
    super();
    this.instances = instances;
    this.limits = startLimits;
  }

  async put({ id, ...fields }: Instance): Promise<void> {
    await again(() => this.instances.replaceOne({ _id: id }, fields, { upsert: true }), isCollision);
  }

  list(): Promise<Instance[]> {
    return this.instances
      .find()
      .map(({ _id, ...fields }) => readableInstance(_id, () => ({ id: _id, ...fields })))
      .toArray();
  }

  async remove(ids: readonly string[]): Promise<void> {
    await again(() => this.instances.deleteMany({ _id: { $in: ids } }));
    await again(() => this.limits.deleteMany({ _id: { $in: ids } }));
  }

  async raiseStartLimit(id: string, until: number): Promise<void> {
    await again(() => this.limits.updateOne({ _id: id }, { $max: { until } }, { upsert: true }), isCollision);
  }

  async startLimits(ids: readonly string[]): Promise<Map<string, number>> {
    const found = await this.limits.find({ _id: { $in: ids } }).toArray();
    return new Map(found.map(({ _id, until }) => [_id, until]));
  }
}
