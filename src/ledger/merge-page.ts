import type { LedgerEntry } from '../domain/ledger.js';
import type { Run } from '../domain/run.js';

/** The outcome of an occurrence, or of a stretch of them. */
export type Outcome = { run: Run } | { entry: LedgerEntry };

/** Where a ledger continues: after the last run and the last entry that were shown. */
export interface LedgerPosition {
  runId: string | null;
  entry: Pick<LedgerEntry, 'from' | 'to'> | null;
}

/**
 * The first `limit` of runs and entries, both in order, merged by time. Of each kind, `limit` + 1 or all must be given.
 * `after` is where this page starts.
 */
export function mergePage(
  runs: readonly Run[],
  entries: readonly LedgerEntry[],
  limit: number,
  after: LedgerPosition | null,
): { items: Outcome[]; next: LedgerPosition | null } {
  const items: Outcome[] = [];
  let [shownRuns, shownEntries] = [0, 0];
  while (items.length < limit) {
    const [run, entry] = [runs[shownRuns], entries[shownEntries]];
    if (run && (!entry || run.scheduledFor <= entry.from)) {
      items.push({ run });
      shownRuns++;
    } else if (entry) {
      items.push({ entry });
      shownEntries++;
    } else break;
  }
  if (shownRuns === runs.length && shownEntries === entries.length) return { items, next: null };
  const entry = entries[shownEntries - 1];
  const next = {
    runId: runs[shownRuns - 1]?.id ?? after?.runId ?? null,
    entry: entry ? { from: entry.from, to: entry.to } : (after?.entry ?? null),
  };
  return { items, next };
}
