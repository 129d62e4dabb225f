import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { InstanceStore } from './instance.store.js';
import { LockManager } from '../locking/lock-manager.js';
import type { Member } from './division.js';
import { Presence } from './presence.js';

/** Time between two searches for abandoned work, with other instances and without. */
const LOOK_MS = 400;
const LOOK_ALONE_MS = 1000;
/** How long other instances may take to notice a new one. */
const INTRODUCTION_MS = 5000;

/** Knows which other instances work on the same store, as of the last look. */
@Injectable()
export class Neighbours {
  private looked = false;
  private known: ReadonlySet<string> = new Set();
  private staying: readonly Member[] = [];
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
    // Nobody knows this instance under its new id.
    locks.onRegained(() => (this.arrivedAt = this.clock.monotonic()));
  }

  /** Whether there are other instances; true until that is known. */
  get any(): boolean {
    return !this.looked || this.known.size > 0;
  }

  /** How many live instances there are, this one included, as of the last look. */
  get count(): number {
    return this.known.size + 1;
  }

  /** The time between two searches for abandoned work (ms). */
  get lookEveryMs(): number {
    return this.any ? LOOK_MS : LOOK_ALONE_MS;
  }

  /** The live instances that are not leaving: they share the work. */
  get sharing(): readonly Member[] {
    return this.staying;
  }

  /** Whether this instance is so new that others may not know it; it knew them before it started. */
  get unsettled(): boolean {
    return this.clock.monotonic() < this.arrivedAt + INTRODUCTION_MS;
  }

  /** Time until the first of their locks expires unless renewed, in ms; infinite without neighbours. */
  get soonestExpiryMs(): number {
    return this.expiry - this.clock.monotonic();
  }

  /** Calls `listener` after each look. */
  onLook(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Reads which instances are there. @throws StoreUnavailableError */
  async look(): Promise<void> {
    const others = (await this.instances.list()).filter(({ id }) => id !== this.locks.owner);
    const lives = await this.locks.remainingOf(others.map(({ id }) => id));
    this.known = new Set(lives.keys());
    this.staying = others.filter(({ id, leaving }) => lives.has(id) && !leaving).map(({ id, work }) => ({ id, work }));
    this.expiry = this.clock.monotonic() + Math.min(Number.POSITIVE_INFINITY, ...lives.values());
    this.looked = true;
    this.presence.hear(others.flatMap(({ id, present = [] }) => (lives.has(id) ? present : [])));
    for (const listener of this.listeners) listener();
  }
}
