import type { LedgerEntry } from '../domain/ledger.js';
import type { FormerOutcome } from '../domain/run.js';
import type { MadeUp } from '../scheduling/ports/run.store.js';
import { isLeftOut, isSkip } from '../scheduling/planning/left-out.js';

/**
 * The former outcomes of instants that did not run, by the entries that touch them, some of which a backfill has run
 * already. An instant without a remaining entry is missing. What somebody skipped counts first: it is of
 * that instant alone; exclusions by calendars count last.
 */
export function formerOutcomes(
  entries: readonly LedgerEntry[],
  madeUp: readonly MadeUp[],
  instants: readonly number[],
): Map<number, FormerOutcome> {
  const left = entries.flatMap((entry) => withoutMadeUp(entry, madeUp) ?? []);
  left.sort((a, b) => rankOf(a) - rankOf(b));
  const outcomes = new Map<number, FormerOutcome>();
  for (const at of instants) {
    const entry = left.find(({ from, to, count }) => from <= at && at <= to && count > 0);
    if (!entry) continue;
    entry.count--;
    outcomes.set(at, { outcome: entry.outcome, reason: entry.reason });
  }
  return outcomes;
}

/** The entry without the occurrences that a backfill has run since; null when none is left. */
export function withoutMadeUp(entry: LedgerEntry, madeUp: readonly MadeUp[]): LedgerEntry | null {
  const { from, to, outcome, reason } = entry;
  const run = madeUp.filter(
    ({ scheduledFor: at, insteadOf }) =>
      from <= at && at <= to && insteadOf.outcome === outcome && insteadOf.reason === reason,
  );
  const count = entry.count - run.length;
  return count > 0 ? { ...entry, count } : null;
}

const rankOf = (entry: LedgerEntry): number => (isSkip(entry) ? 0 : isLeftOut(entry) ? 2 : 1);
