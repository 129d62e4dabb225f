import type { mongo } from 'mongoose';
import { SettingsStore, type StoredUnder } from '../../organizations/settings.store.js';
import { insertNew, readsOf, writeToken } from './bulk.js';
import type { GatheredReads } from '../../batching/gathered-reads.js';
import type { MongoCollections, SettingsDocument } from './mongo-collections.js';
import { readableSettings } from '../readable-settings.js';
import { again } from './mongo-errors.js';

/** Keeps the settings of organizations in MongoDB. */
export class MongoSettingsStore extends SettingsStore {
  private readonly settings: mongo.Collection<SettingsDocument>;
  private readonly reads: GatheredReads<SettingsDocument>;

  constructor({ settings }: MongoCollections) {
    super();
    this.settings = settings;
    this.reads = readsOf(settings);
  }

  async get(key: string): Promise<StoredUnder | null> {
    const document = await this.reads.get(key);
    return document ? readableSettings(document) : null;
  }

  async list(after: string, limit: number): Promise<(StoredUnder & { key: string })[]> {
    const found = this.settings.find({ _id: { $gt: after } }).sort({ _id: 1 });
    const documents = await found.limit(limit).toArray();
    return documents.map(({ _id: key, ...document }) => ({ key, ...readableSettings(document) }));
  }

  async put(key: string, settings: object, version: number): Promise<boolean> {
    const text = JSON.stringify(settings);
    if (version === 0) {
      const known = await insertNew(this.settings, [{ _id: key, version: 1, settings: text }]);
      return known.size === 0;
    }
    return this.replace(key, text, version);
  }

  private async replace(key: string, settings: string, version: number): Promise<boolean> {
    const lastWrite = writeToken();
    const update = { $set: { version: version + 1, settings, lastWrite } };
    const { matchedCount } = await again(() => this.settings.updateOne({ _id: key, version }, update));
    if (matchedCount === 1) return true;
    // A repetition after a lost answer finds its own write.
    return (await this.settings.countDocuments({ _id: key, lastWrite })) === 1;
  }
}
