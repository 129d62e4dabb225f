import type { mongo } from 'mongoose';
import { type Instance, InstanceStore } from '../../cluster/instance.store.js';
import type { InstanceDocument, MongoCollections } from './mongo-collections.js';
import { again, isCollision } from './mongo-errors.js';

/** Keeps what the instances say of themselves in MongoDB. */
export class MongoInstanceStore extends InstanceStore {
  private readonly instances: mongo.Collection<InstanceDocument>;

  constructor({ instances }: MongoCollections) {
    super();
    this.instances = instances;
  }

  async put({ id, ...fields }: Instance): Promise<void> {
    await again(() => this.instances.replaceOne({ _id: id }, fields, { upsert: true }), isCollision);
  }

  list(): Promise<Instance[]> {
    return this.instances
      .find()
      .map(({ _id, ...fields }) => ({ id: _id, ...fields }))
      .toArray();
  }

  async remove(ids: readonly string[]): Promise<void> {
    await again(() => this.instances.deleteMany({ _id: { $in: ids } }));
  }
}
