import type { mongo } from 'mongoose';
import { SealedStore, type SealedSecrets } from '../../secrets/sealed.store.js';
import { readableSealed } from '../readable-sealed.js';
import type { MongoCollections } from './mongo-collections.js';
import { again } from './mongo-errors.js';
import type { TaskDocument } from './task.document.js';

/** Reads and replaces sealed secrets in MongoDB. */
export class MongoSealedStore extends SealedStore {
  private readonly tasks: mongo.Collection<TaskDocument>;

  constructor({ tasks }: MongoCollections) {
    super();
    this.tasks = tasks;
  }

  page(after: string, limit: number): Promise<SealedSecrets[]> {
    const projection = { organization: 1, secrets: 1, definition: 1 };
    return this.tasks
      .find({ _id: { $gt: after }, secrets: { $ne: '{}' } }, { projection })
      .sort({ _id: 1 })
      .limit(limit)
      .map(({ _id: taskId, ...row }) => readableSealed({ taskId, ...row }))
      .toArray();
  }

  async replace(
    { organization, taskId, secrets: read }: SealedSecrets,
    secrets: Record<string, string>,
  ): Promise<boolean> {
    const own = { _id: taskId, organization };
    const sealed = { secrets: JSON.stringify(secrets) };
    const write = () => this.tasks.updateOne({ ...own, secrets: JSON.stringify(read) }, { $set: sealed });
    if ((await again(write)).matchedCount === 1) return true;
    // A repetition after a lost answer finds its own write.
    return (await this.tasks.countDocuments({ ...own, ...sealed })) === 1;
  }
}
