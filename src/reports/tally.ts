import type { LedgerEntry } from '../domain/ledger.js';
import { percentileOf } from '../domain/percentile.js';
import type { Run, RunState } from '../domain/run.js';

/** How many different reasons are told apart. */
const MOST_REASONS = 20;
const LONGEST_REASON = 200;

/** Counts of a group of runs, with their lateness and duration in milliseconds; null where there is none. */
export interface Figures {
  /** Runs that are not finished are among them. */
  runs: number;
  succeeded: number;
  failed: number;
  timedOut: number;
  cancelled: number;
  /** Occurrences that did not run, those without a run of their own included. */
  skipped: number;
  missed: number;
  coalesced: number;
  /** The share of those that ran to an end of their own: succeeded, failed or timed out. */
  successRate: number | null;
  lateness: Spread;
  duration: Spread;
  /** Why occurrences did not run, and how many; the most frequent first. */
  reasons: { reason: string; count: number }[];
}

export interface Spread {
  meanMs: number | null;
  p95Ms: number | null;
  worstMs: number | null;
}

const MEMBER_OF: Partial<Record<RunState, 'succeeded' | 'failed' | 'timedOut' | 'cancelled' | 'skipped' | 'missed'>> = {
  ...{ succeeded: 'succeeded', failed: 'failed', timed_out: 'timedOut', cancelled: 'cancelled' },
  ...{ skipped: 'skipped', missed: 'missed' },
};

/** Adds up runs, and occurrences that had none. */
export class Tally {
  private readonly counts = { runs: 0, succeeded: 0, failed: 0, timedOut: 0, cancelled: 0, skipped: 0, missed: 0, coalesced: 0 }; // prettier-ignore
  private readonly lateness: number[] = [];
  private readonly durations: number[] = [];
  private readonly reasons = new Map<string, number>();

  addRun({ state, latenessMs, startedAt, finishedAt, reason }: Run): void {
    const member = MEMBER_OF[state];
    if (member) this.counts[member]++;
    if (member === 'skipped' || member === 'missed') this.addReason(reason ?? member, 1);
    else this.counts.runs++;
    if (latenessMs !== null) this.lateness.push(Math.max(0, latenessMs));
    if (startedAt !== null && finishedAt !== null) this.durations.push(Math.max(0, finishedAt - startedAt));
  }

  addEntry({ outcome, reason }: LedgerEntry, count: number): void {
    this.counts[outcome] += count;
    this.addReason(reason, count);
  }

  get figures(): Figures {
    const { succeeded, failed, timedOut } = this.counts;
    const ended = succeeded + failed + timedOut;
    const reasons = [...this.reasons].map(([reason, count]) => ({ reason, count }));
    return {
      ...this.counts,
      successRate: ended === 0 ? null : succeeded / ended,
      lateness: spreadOf(this.lateness),
      duration: spreadOf(this.durations),
      reasons: reasons.sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1)),
    };
  }

  private addReason(text: string, count: number): void {
    const reason = text.slice(0, LONGEST_REASON);
    const isKnown = this.reasons.has(reason) || this.reasons.size < MOST_REASONS;
    const key = isKnown ? reason : 'other reasons';
    this.reasons.set(key, (this.reasons.get(key) ?? 0) + count);
  }
}

function spreadOf(values: number[]): Spread {
  if (values.length === 0) return { meanMs: null, p95Ms: null, worstMs: null };
  const sorted = values.toSorted((a, b) => a - b);
  const sum = sorted.reduce((total, value) => total + value, 0);
  return {
    meanMs: Math.round(sum / sorted.length),
    p95Ms: percentileOf(sorted, 0.95),
    worstMs: sorted.at(-1)!,
  };
}
