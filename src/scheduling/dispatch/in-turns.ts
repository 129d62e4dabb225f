import type { Turns } from '../ports/task.store.js';

type Owned = { organization: string };

/** How many pages one search reads at most; each full page passes over the crowd of one organization. */
const MOST_PAGES = 50;

/** Orders the items so that organizations take turns; the items of each keep their order. */
export function inTurns<Item extends Owned>(items: readonly Item[]): Item[] {
  const rank = new Map<string, number>();
  const ranked = items.map((item) => {
    const turn = rank.get(item.organization) ?? 0;
    rank.set(item.organization, turn + 1);
    return { item, turn };
  });
  return ranked.sort((a, b) => a.turn - b.turn).map(({ item }) => item);
}

/**
 * Up to `limit` items of each organization, in turns. `read` returns them organization by organization, at most `limit`
 * at a time; after a full page the rest of its last organization is passed over. `isLast` says whether a page is the
 * last one.
 */
export async function readInTurns<Item extends Owned>(
  limit: number,
  except: readonly string[],
  read: (turns: Turns) => Promise<Item[]>,
  isLast: (page: Item[]) => boolean = (page) => page.length < limit,
): Promise<Item[]> {
  const found: Item[] = [];
  let after = '';
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await read({ after, except });
    found.push(...page);
    if (isLast(page)) break;
    after = page.at(-1)!.organization;
  }
  return inTurns(found);
}
