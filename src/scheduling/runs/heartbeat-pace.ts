import { boundedCache } from '../../domain/bounded-cache.js';

/** How many heartbeats of a run are stored without a pause between them. */
const BURST = 5;
/** How many runs are remembered. */
const MOST_RUNS = 10_000;

interface Bucket {
  attempt: number;
  /** How many may be stored at `at`, a fraction at times. */
  left: number;
  /** Epoch ms. */
  at: number;
}

/** Limits how often heartbeats of one run are stored here. */
export class HeartbeatPace {
  private readonly buckets = boundedCache<Bucket>(MOST_RUNS);

  /** Whether a heartbeat at `now` (epoch ms) is stored, when one each `spacingMs` may be. */
  admits(runId: string, attempt: number, spacingMs: number, now: number): boolean {
    const known = this.buckets.get(runId);
    const bucket = known?.attempt === attempt ? known : { attempt, left: BURST, at: now };
    const left = Math.min(BURST, bucket.left + Math.max(0, now - bucket.at) / spacingMs);
    const isAdmitted = left >= 1;
    this.buckets.set(runId, { attempt, left: isAdmitted ? left - 1 : left, at: now });
    return isAdmitted;
  }
}
