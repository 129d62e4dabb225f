import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { InstanceStore } from '../../cluster/instance.store.js';
import type { Run } from '../../domain/run.js';
import { LockManager } from '../../locking/lock-manager.js';
import { isDueWithClaim } from '../planning/progress-planner.js';

/** How long before it is due a start is announced (ms); the write is answered by then. */
export const ANNOUNCED_MS = 150;
/** How far an announcement reaches (ms); after a crash, that much is in doubt. */
const REACH_MS = 250;
const RETRY_MS = 100;

/**
 * Tells the store, in one small write for all runs that are due together, until when this instance may begin what it
 * claimed ahead. No run that is due later begins before that is written, so whoever takes it over knows that it has not
 * begun.
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
    // When the lock is regained, the instance works under another name.
    locks.onLost(() => (this.written = this.wanted = Number.NEGATIVE_INFINITY));
    locks.onRegained(() => this.begin());
  }

  /** Announces for the first time what may begin, so that nothing else counts as begun. */
  begin(): void {
    void this.reach(this.clock.now());
  }

  /** Whether the run may begin, as far as other instances know. */
  covers(run: Run): boolean {
    return run.dueAt <= this.written || isDueWithClaim(run);
  }

  /** Resolves to true once what is due by `until` (epoch ms) may begin, or to false when the lock is lost. */
  async reach(until: number): Promise<boolean> {
    this.wanted = Math.max(this.wanted, until);
    while (this.written < until && this.locks.isHeld()) await (this.raising ??= this.raise());
    return this.written >= until;
  }

  /**
   * Until when each owner of these runs may have begun what it had armed; without an entry where that is unknown.
   * @throws StoreUnavailableError
   */
  async ofOwners(runs: readonly Pick<Run, 'owner'>[]): Promise<Map<string, number>> {
    const owners = new Set(runs.flatMap(({ owner }) => owner ?? []));
    return owners.size > 0 ? this.instances.startLimits([...owners]) : new Map<string, number>();
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
