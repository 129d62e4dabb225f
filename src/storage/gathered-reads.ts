import { GroupCommit } from './group-commit.js';

/** The most items that are asked for at once. */
const MOST = 500;

/**
 * Reads items by their ids, together those that are asked for while a read is under way: a thousand callers cost a few
 * queries. A read begins after it was asked for, so that it shows every write acknowledged by then.
 */
export class GatheredReads<Item> {
  private readonly reads: GroupCommit<string, Item | null>;

  constructor(
    /** Finds the items with these ids, in any order, those that exist. */
    private readonly find: (ids: string[]) => Promise<Item[]>,
    private readonly idOf: (item: Item) => string,
  ) {
    this.reads = new GroupCommit((ids) => this.read(ids), { limit: MOST });
  }

  /** The item as it is now; callers that ask at once may share it and leave it as it is. */
  get(id: string): Promise<Item | null> {
    return this.reads.add(id);
  }

  private async read(ids: string[]): Promise<(Item | null)[]> {
    const found = await this.find([...new Set(ids)]);
    const byId = new Map(found.map((item) => [this.idOf(item), item]));
    return ids.map((id) => byId.get(id) ?? null);
  }
}
