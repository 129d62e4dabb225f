import type { Turns } from './task.store.js';

type Owned = { organization: string };

/** Of how many organizations at the most a crowd is passed over in one look. */
const MOST_PAGES = 50;

/** The items so that organizations take turns; of each they stay in their order. */
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
 * Up to `limit` items of each organization, in turns: `read` gives them organization after organization, at most `limit`
 * at a time, after which the last one is passed over.
 */
export async function readInTurns<Item extends Owned>(
  limit: number,
  except: readonly string[],
  read: (turns: Turns) => Promise<Item[]>,
): Promise<Item[]> {
  const found: Item[] = [];
  let after = '';
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await read({ after, except });
    found.push(...page);
    if (page.length < limit) break;
    after = page.at(-1)!.organization;
  }
  return inTurns(found);
}
