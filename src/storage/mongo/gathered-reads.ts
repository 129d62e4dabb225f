import type { mongo } from 'mongoose';
import { GroupCommit } from '../group-commit.js';

/** The most documents that are asked for at once. */
const MOST = 500;

/**
 * Reads documents by their ids, together those that are asked for while a read is under way: a thousand callers cost
 * a few statements. A read begins after it was asked for, so that it shows every write acknowledged by then.
 */
export class GatheredReads<Doc extends { _id: string }> {
  private readonly reads: GroupCommit<string, Doc | null>;

  constructor(private readonly collection: mongo.Collection<Doc>) {
    this.reads = new GroupCommit((ids) => this.read(ids), { limit: MOST });
  }

  /** The document as it is now; callers that ask at once may share it and leave it as it is. */
  get(id: string): Promise<Doc | null> {
    return this.reads.add(id);
  }

  private async read(ids: string[]): Promise<(Doc | null)[]> {
    const filter = { _id: { $in: [...new Set(ids)] } } as unknown as mongo.Filter<Doc>;
    const found = (await this.collection.find(filter).toArray()) as Doc[];
    const byId = new Map(found.map((document) => [document._id, document]));
    return ids.map((id) => byId.get(id) ?? null);
  }
}
