import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { InstanceStore } from '../cluster/instance.store.js';
import type { Run } from '../domain/run.js';
import { LockManager } from '../locking/lock-manager.js';

/** How long before it is due a start is announced: a write has its answer by then (ms). */
export const ANNOUNCED_MS = 150;
/** How far an announcement reaches; as much is in doubt after a crash (ms). */
const REACH_MS = 250;
/** A run that was claimed no longer than this before it was due is announced by its claim (ms). */
const BY_CLAIM_MS = 200;
const RETRY_MS = 100;

/** Whether the claim of a run says by itself that it may begin at once. */
export const isDueWithClaim = ({ dueAt, createdAt }: Pick<Run, 'dueAt' | 'createdAt'>): boolean =>
  dueAt <= createdAt + BY_CLAIM_MS;

/**
 * Says in the store, in one small write for all that is due together, until when this instance may begin what it claimed
 * ahead. Nothing that is due later begins before that is written, so that whoever takes its runs over knows that of those
 * none has begun.
 */
@Injectable()
export class StartLimit {
  private written = Number.NEGATIVE_INFINITY;
  private wanted = Number.NEGATIVE_INFINITY;
  private raising: Promise<void> | null = null;
  private readonly logger = new Logger(StartLimit.name);

  constructor(
    private readonly clock: Clock,
    private readonly instances: InstanceStore,
    private readonly locks: LockManager,
  ) {
    // The next one works under another name.
    locks.onLost(() => (this.written = this.wanted = Number.NEGATIVE_INFINITY));
    locks.onRegained(() => this.begin());
  }

  /** Says for the first time what may begin, so that nothing else counts as begun. */
  begin(): void {
    void this.reach(this.clock.now());
  }

  /** Whether the run may begin, as far as others know. */
  covers(run: Run): boolean {
    return run.dueAt <= this.written || isDueWithClaim(run);
  }

  /** Resolves once what is due by `until` (epoch ms) may begin, or to false when the lock is lost. */
  async reach(until: number): Promise<boolean> {
    this.wanted = Math.max(this.wanted, until);
    while (this.written < until && this.locks.isHeld()) await (this.raising ??= this.raise());
    return this.written >= until;
  }

  /** Until when each of these instances may have begun things; nothing where that is not known. @throws StoreUnavailableError */
  of(instances: readonly string[]): Promise<Map<string, number>> {
    return this.instances.startLimits(instances);
  }

  private async raise(): Promise<void> {
    const { owner } = this.locks;
    const until = Math.max(this.wanted, this.clock.now() + REACH_MS);
    try {
      await this.instances.raiseStartLimit(owner, until);
      if (owner === this.locks.owner) this.written = Math.max(this.written, until);
    } catch (error) {
      this.logger.warn(`What is due could not be announced, trying again: ${(error as Error).message}`);
      await this.clock.sleep(RETRY_MS);
    } finally {
      this.raising = null;
    }
  }
}
