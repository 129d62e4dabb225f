import { GroupCommit } from './group-commit.js';

/** Maximum number of items per query. */
const MOST = 500;

/**
 * Reads items by id. Requests that arrive during a read share the next one: a thousand callers cost a few queries. A
 * read starts after its requests, so that it sees every write acknowledged before them.
 */
export class GatheredReads<Item> {
  private readonly reads: GroupCommit<string, Item | null>;

  constructor(
    /** Finds the existing items with these ids, in any order. */
    private readonly find: (ids: string[]) => Promise<Item[]>,
    private readonly idOf: (item: Item) => string,
  ) {
    this.reads = new GroupCommit((ids) => this.read(ids), { limit: MOST });
  }

  /** The current item. Callers that ask at the same time may share it; they must not change it. */
  get(id: string): Promise<Item | null> {
    return this.reads.add(id);
  }

  private async read(ids: string[]): Promise<(Item | null)[]> {
    const found = await this.find([...new Set(ids)]);
    const byId = new Map(found.map((item) => [this.idOf(item), item]));
    return ids.map((id) => byId.get(id) ?? null);
  }
}
