import { retryRunId } from '../../domain/ids.js';
import type { Run } from '../../domain/run.js';

/** How many retries are looked up at once; a run is seldom retried more often. */
const PAGE = 8;

/** The latest retry of the run and its number, counted from 1; undefined when there is none. */
export async function lastRetryOf(
  run: Run,
  find: (ids: string[]) => Promise<Run[]>,
): Promise<{ run: Run; nth: number } | undefined> {
  let last: { run: Run; nth: number } | undefined;
  for (let first = 1; ; first += PAGE) {
    const ids = Array.from({ length: PAGE }, (_, index) => retryRunId(run, first + index));
    const found = new Map((await find(ids)).map((each) => [each.id, each]));
    for (const [index, id] of ids.entries()) if (found.has(id)) last = { run: found.get(id)!, nth: first + index };
    if (last?.nth !== first + PAGE - 1) return last;
  }
}
