import type { Clock } from '../../clock/clock.js';
import { asStoreError, isBusy } from './sqlite-errors.js';

/** How long an operation waits for other connections before it gives up. */
const PATIENCE_MS = 10_000;
const LONGEST_PAUSE_MS = 4;

/**
 * Repeats the work while another connection blocks it. SQLite's own way of waiting blocks the thread for up to 100 ms
 * at a time; everything else on the thread would be late. Hence short pauses instead of busy_timeout.
 * @throws StoreUnavailableError
 */
export async function untilFree<Result>(
  clock: Clock,
  path: string,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  const begun = clock.monotonic();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || clock.monotonic() - begun > PATIENCE_MS) throw asStoreError(error, path);
    }
    await clock.sleep(Math.random() * LONGEST_PAUSE_MS);
  }
}
