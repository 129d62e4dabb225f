import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { InstanceStore } from '../cluster/instance.store.js';
import { LockManager } from '../locking/lock-manager.js';
import { Presence } from './presence.js';

/** Distance between two looks for what was left lying, with other instances and without. */
const LOOK_MS = 400;
const LOOK_ALONE_MS = 1000;
/** How long others may take to notice an instance that is new. */
const INTRODUCTION_MS = 5000;

/** Knows which other instances work on the same store, as of the last look. */
@Injectable()
export class Neighbours {
  private looked = false;
  private known: ReadonlySet<string> = new Set();
  private staying: readonly string[] = [];
  private arrivedAt: number;
  private expiry = Number.POSITIVE_INFINITY;
  private readonly listeners: (() => void)[] = [];

  constructor(
    private readonly instances: InstanceStore,
    private readonly locks: LockManager,
    private readonly clock: Clock,
    private readonly presence: Presence,
  ) {
    this.arrivedAt = clock.monotonic();
    // Under its new name nobody knows it.
    locks.onRegained(() => (this.arrivedAt = this.clock.monotonic()));
  }

  /** Whether there are any; true while that is not known. */
  get any(): boolean {
    return !this.looked || this.known.size > 0;
  }

  /** How long to wait between two looks for what was left lying (ms). */
  get lookEveryMs(): number {
    return this.any ? LOOK_MS : LOOK_ALONE_MS;
  }

  /** The ids of those that live and are not about to leave: they share the work. */
  get sharing(): readonly string[] {
    return this.staying;
  }

  /** Whether this instance came so lately that others may not know of it; it knew of them before it began. */
  get unsettled(): boolean {
    return this.clock.monotonic() < this.arrivedAt + INTRODUCTION_MS;
  }

  /** How long until the first of their locks expires unless it is renewed, in ms; infinite without neighbours. */
  get soonestExpiryMs(): number {
    return this.expiry - this.clock.monotonic();
  }

  /** Calls `listener` after each look. */
  onLook(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Looks who is there. @throws StoreUnavailableError */
  async look(): Promise<void> {
    const others = (await this.instances.list()).filter(({ id }) => id !== this.locks.owner);
    const lives = await this.locks.remainingOf(others.map(({ id }) => id));
    this.known = new Set(lives.keys());
    this.staying = others.filter(({ id, leaving }) => lives.has(id) && !leaving).map(({ id }) => id);
    this.expiry = this.clock.monotonic() + Math.min(Number.POSITIVE_INFINITY, ...lives.values());
    this.looked = true;
    this.presence.hear(others.flatMap(({ id, present = [] }) => (lives.has(id) ? present : [])));
    for (const listener of this.listeners) listener();
  }
}
