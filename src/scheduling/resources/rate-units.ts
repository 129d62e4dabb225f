import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { newId } from '../../domain/ids.js';
import type { Run } from '../../domain/run.js';
import { LockStore } from '../../locking/lock.store.js';

/** How long after the request for its units a start may come (ms). */
export const USE_MS = 5000;
/** What two clocks may make of that time when one of them runs two percent too fast (ms). */
const DRIFT_MS = 100;
/** What rounding to milliseconds may take from the life of a lock (ms). */
const ROUNDING_MS = 2;
const RETRY_MS = 250;

/** Units of one pool with a rate: the keys of their locks, and the length of its window (ms). */
export interface RateShare {
  keys: readonly string[];
  perMs: number;
}

interface Permit {
  organization: string;
  owner: string;
  shares: readonly RateShare[];
  /** By when the start must come (monotonic ms). */
  until: number;
}

/**
 * Takes units of pools with a rate. A unit is a lock that nobody renews. It is taken for the window and for the time
 * within which the start must come; once the start has come, it is kept for the window from then on. So two starts by
 * one unit are never closer than the window, whatever the clocks of instances say and whoever dies.
 */
@Injectable()
export class RateUnits {
  /** By the ids of runs that have not begun. */
  private readonly permits = new Map<string, Permit>();
  /** Units about to be taken here, or taken for runs that have not begun. */
  private readonly reserved = new Set<string>();
  private readonly writing = new Set<Promise<void>>();
  /** Called with the organization when units have come back unused. */
  onFreed: (organization: string) => void = () => undefined;

  constructor(
    private readonly store: LockStore,
    private readonly clock: Clock,
  ) {}

  /** Keeps the units from other runs of this instance until they are taken or freed. */
  reserve(shares: readonly RateShare[]): void {
    for (const { keys } of shares) for (const key of keys) this.reserved.add(key);
  }

  free(shares: readonly RateShare[]): void {
    for (const { keys } of shares) for (const key of keys) this.reserved.delete(key);
  }

  isReserved(key: string): boolean {
    return this.reserved.has(key);
  }

  /** Takes all of these units for one start of the run, or none; resolves to whether it did. @throws StoreUnavailableError */
  async take({ id, organization }: Pick<Run, 'id' | 'organization'>, shares: readonly RateShare[]): Promise<boolean> {
    if (shares.length === 0) return true;
    const owner = `rate/${newId(this.clock.now())}`;
    const permit = { organization, owner, shares, until: this.clock.monotonic() + USE_MS };
    let isWhole = false;
    try {
      isWhole = await this.acquire(permit);
    } finally {
      if (isWhole) this.permits.set(id, permit);
      else this.giveBack(permit);
    }
    return isWhole;
  }

  /** Whether the run may begin by the units that it has; without any it may. It has to begin in this very turn. */
  mayBegin(runId: string): boolean {
    const permit = this.permits.get(runId);
    return permit === undefined || this.clock.monotonic() < permit.until;
  }

  /** The run has begun: its units are used up, and come back after the window. */
  begun(runId: string): void {
    const permit = this.remove(runId);
    if (!permit) return;
    // Without this write they would come back later, by up to the time within which the start had to come.
    this.write(permit, () => this.keep(permit));
  }

  /** The run does not begin: its units are as good as before. */
  leave(runId: string): void {
    const permit = this.remove(runId);
    if (permit) this.giveBack(permit);
  }

  /** Forgets everything: whatever was taken comes back by itself. */
  abandon(): void {
    this.permits.clear();
    this.reserved.clear();
  }

  /** Resolves once everything that was given back is free for others. */
  async settled(): Promise<void> {
    while (this.writing.size > 0) await Promise.all(this.writing);
  }

  private remove(runId: string): Permit | undefined {
    const permit = this.permits.get(runId);
    this.permits.delete(runId);
    if (permit) this.free(permit.shares);
    return permit;
  }

  private async acquire({ owner, shares }: Permit): Promise<boolean> {
    for (const { keys, perMs } of shares) {
      const taken = await this.store.acquire(keys, owner, perMs + USE_MS + DRIFT_MS);
      if (taken.size < keys.length) return false;
    }
    return true;
  }

  private async keep({ owner, shares }: Permit): Promise<void> {
    for (const { keys, perMs } of shares) await this.store.acquire(keys, owner, perMs + ROUNDING_MS);
  }

  private giveBack(permit: Permit): void {
    const keys = permit.shares.flatMap((share) => share.keys);
    this.write(permit, async () => {
      await this.store.release(keys, permit.owner);
      this.onFreed(permit.organization);
    });
  }

  /** Writes as soon as the store takes it; after the time for the start it would be of no use. */
  private write({ until }: Permit, work: () => Promise<void>): void {
    const attempt = async (): Promise<void> => {
      do {
        try {
          return await work();
        } catch {
          await this.clock.sleep(RETRY_MS);
        }
      } while (this.clock.monotonic() < until);
    };
    const written = attempt().finally(() => this.writing.delete(written));
    this.writing.add(written);
  }
}
