/**
 * Maximum number of items per statement: enough to share its cost, few enough that a large batch uses several
 * connections.
 */
const BATCH_LIMIT = 250;

/** Maximum number of bytes per statement, well below the server's limit of 16 MB. */
const BATCH_BYTES = 8_000_000;

/** How many statements run in parallel. */
const SIDE_BY_SIDE = 4;

/**
 * Splits `items` into rounds of batches. Each key occurs once per round, so that items with the same key are written in
 * sequence. A round is sorted by key: writers that lock documents in the same order cannot deadlock.
 */
export function roundsOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  bytesOf: (item: Item) => number = () => 0,
): Item[][][] {
  const rounds: { key: string; item: Item }[][] = [];
  const seen = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item);
    const round = seen.get(key) ?? 0;
    seen.set(key, round + 1);
    (rounds[round] ??= []).push({ key, item });
  }
  return rounds.map((round) => {
    round.sort((a, b) => (a.key < b.key ? -1 : 1));
    return batched(
      round.map(({ item }) => item),
      bytesOf,
    );
  });
}

function batched<Item>(items: Item[], bytesOf: (item: Item) => number): Item[][] {
  const batches: Item[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    bytes += size;
    const batch = batches.at(-1);
    if (batch && batch.length < BATCH_LIMIT && bytes <= BATCH_BYTES) {
      batch.push(item);
    } else {
      batches.push([item]);
      bytes = size;
    }
  }
  return batches;
}

/** Does the work for every batch, several in parallel, and resolves to the results in any order. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  work: (batch: Item[]) => Promise<Result>,
  bytesOf?: (item: Item) => number,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const round of roundsOf(items, keyOf, bytesOf)) results.push(...(await sideBySide(round, work)));
  return results;
}

async function sideBySide<Item, Result>(batches: Item[][], work: (batch: Item[]) => Promise<Result>) {
  const results: Result[] = [];
  const waiting = batches.values();
  const workers = Array.from({ length: Math.min(SIDE_BY_SIDE, batches.length) }, async () => {
    for (const batch of waiting) results.push(await work(batch));
  });
  await together(workers);
  return results;
}

/**
 * The results of parallel statements. Rejects only when all statements have ended, so that a repetition never meets a
 * statement of the first attempt.
 */
export async function together<Result>(statements: readonly Promise<Result>[]): Promise<Result[]> {
  const settled = await Promise.allSettled(statements);
  const failed = settled.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (failed) throw failed.reason;
  return settled.map((result) => (result as PromiseFulfilledResult<Result>).value);
}
