import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Rounds } from '../clock/rounds.js';
import { LOCKS, STORAGE } from '../core.module.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import type { OpenLocks, OpenStorage } from '../storage/storage.js';
import { LockHealth, StoreHealth } from '../storage/store-health.js';
import { WatchedPart } from './watched-part.js';

const LOOK_MS = 500;

/**
 * Looks regularly whether the store, and whatever keeps the locks, can be used, and emits when that changes: at the
 * latest one and a half seconds after it did. Whoever asks gets the latest answer at once.
 */
@Injectable()
export class StoreWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly store: WatchedPart;
  /** The same as the store where that keeps the locks. */
  readonly locks: WatchedPart;
  private readonly rounds: Rounds;

  constructor(
    store: StoreHealth,
    locks: LockHealth,
    @Inject(STORAGE) { kind }: OpenStorage,
    @Inject(LOCKS) { kind: kindOfLocks }: OpenLocks,
    private readonly events: LifecycleEvents,
    private readonly clock: Clock,
  ) {
    this.store = this.watch('store', kind, store);
    this.locks = kind === kindOfLocks ? this.store : this.watch('locks', kindOfLocks, locks);
    const parts = new Set([this.store, this.locks]);
    this.rounds = new Rounds(
      clock,
      () => LOOK_MS,
      () => Promise.resolve(parts.forEach((part) => part.look())),
    );
  }

  onApplicationBootstrap(): void {
    void this.rounds.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  private watch(part: 'store' | 'locks', place: string, health: StoreHealth | LockHealth): WatchedPart {
    const tell: ConstructorParameters<typeof WatchedPart>[2] = (news) =>
      this.events.emit('store.changed', { ...news, part, place });
    return new WatchedPart(this.clock, () => health.ping(), tell);
  }
}
