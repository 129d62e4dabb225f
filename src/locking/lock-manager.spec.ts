import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { T0 } from '../../test/support/builders.js';
import { SettableClock } from '../clock/settable-clock.js';
import { StoreUnavailableError } from '../domain/errors.js';
import { LockKeeper } from './lock-keeper.js';
import { LockManager } from './lock-manager.js';
import { LockStore } from './lock.store.js';

const LIFE = 10_000;
const HEARTBEAT = 2500;

/** Locks in memory by a server clock of their own, with outages and slow answers. */
class MemoryLocks extends LockStore {
  private readonly locks = new Map<string, { owner: string; until: number }>();
  /** The server's wall clock minus the instance's. */
  skew = 7_200_000;
  down = false;
  latencyMs = 0;
  renewals = 0;

  constructor(private readonly clock: SettableClock) {
    super();
  }

  async acquire(keys: readonly string[], owner: string, lifeMs: number): Promise<Set<string>> {
    await this.reach();
    const taken = keys.filter((key) => [undefined, owner].includes(this.holderOf(key)));
    for (const key of taken) this.locks.set(key, { owner, until: this.now() + lifeMs });
    await this.answer();
    return new Set(taken);
  }

  async renew(owner: string, lifeMs: number): Promise<Set<string>> {
    this.renewals++;
    await this.reach();
    const kept = [...this.locks.keys()].filter((key) => this.holderOf(key) === owner);
    for (const key of kept) this.locks.set(key, { owner, until: this.now() + lifeMs });
    await this.answer();
    return new Set(kept);
  }

  async release(keys: readonly string[], owner: string): Promise<void> {
    await this.reach();
    for (const key of keys) if (this.holderOf(key) === owner) this.locks.delete(key);
  }

  async holders(keys: readonly string[]): Promise<Map<string, string>> {
    await this.reach();
    return new Map(keys.flatMap((key) => (this.holderOf(key) ? [[key, this.holderOf(key)!]] : [])));
  }

  async remaining(keys: readonly string[]): Promise<Map<string, number>> {
    await this.reach();
    return new Map(
      keys.filter((key) => this.holderOf(key)).map((key) => [key, this.locks.get(key)!.until - this.now()]),
    );
  }

  holds(owner: string): boolean {
    return this.holderOf(`instance/${owner}`) === owner;
  }

  clear(): void {
    this.locks.clear();
  }

  private holderOf(key: string): string | undefined {
    const lock = this.locks.get(key);
    return lock && lock.until > this.now() ? lock.owner : undefined;
  }

  private now(): number {
    return this.clock.monotonic() + this.skew;
  }

  private reach(): Promise<void> {
    return this.down ? Promise.reject(new StoreUnavailableError('connection refused')) : Promise.resolve();
  }

  private answer(): Promise<void> {
    return this.latencyMs > 0 ? this.clock.sleep(this.latencyMs) : Promise.resolve();
  }
}

/** A clock that continued while its timers stood still, like that of a process that was stopped for a while. */
class StoppedClock extends SettableClock {
  stoppedMs = 0;

  override monotonic(): number {
    return super.monotonic() + this.stoppedMs;
  }
}

/** A keeper on a thread that continues while the instance's thread stands still; it uses the same locks in memory. */
class OtherThread extends LockKeeper {
  readonly ready = null;
  renewedAt = Number.NEGATIVE_INFINITY;
  kept: string | null = null;

  constructor(private readonly clock: SettableClock) {
    super();
  }

  keep(owner: string): void {
    this.kept = owner;
    this.renewedAt = Number.NEGATIVE_INFINITY;
  }

  drop(): void {
    this.kept = null;
  }

  sign(): void {
    // Nobody looks.
  }

  get renewedMsAgo(): number {
    return this.clock.monotonic() - this.renewedAt;
  }
}

function world(clock = new SettableClock(T0)) {
  const store = new MemoryLocks(clock);
  const manager = (at = clock) => new LockManager(store, at, { lockLifeMs: LIFE, heartbeatMs: HEARTBEAT });
  const locks = manager();
  const lost: string[] = [];
  const regained: string[] = [];
  locks.onLost((former) => lost.push(former));
  locks.onRegained(() => regained.push(locks.owner));
  return { clock, store, locks, lost, regained, manager };
}

async function started(clock?: SettableClock) {
  const all = world(clock);
  await all.locks.start();
  return { ...all, first: all.locks.owner };
}

describe('LockManager', () => {
  beforeAll(() => void Logger.overrideLogger(false));
  afterAll(() => void Logger.overrideLogger(['log', 'warn', 'error']));

  it('holds nothing before its start, and says so when the store is out of reach', async () => {
    const { locks, store } = world();
    expect(locks.isHeld()).toBe(false);
    store.down = true;
    await expect(locks.start()).rejects.toThrow(StoreUnavailableError);
    expect(locks.isHeld()).toBe(false);
  });

  it('keeps its lock under one id for as long as the store answers', async () => {
    const { clock, locks, store, first, lost } = await started();
    await clock.advance(100 * HEARTBEAT);
    expect([locks.isHeld(), locks.owner, store.renewals, lost]).toEqual([true, first, 100, []]);
    expect(store.holds(first)).toBe(true);
  });

  it('rides out an outage that is shorter than the life of the lock', async () => {
    const { clock, locks, store, first, lost } = await started();
    store.down = true;
    await clock.advance(LIFE - 500);
    expect(locks.isHeld()).toBe(true);
    store.down = false;
    await clock.advance(3 * LIFE);
    expect([locks.isHeld(), locks.owner, lost]).toEqual([true, first, []]);
    expect(store.holds(first)).toBe(true);
  });

  it('takes the lock for lost no later than the server does, and comes back under a new id', async () => {
    const { clock, locks, store, first, lost, regained } = await started();
    store.down = true;
    await clock.advance(LIFE - 1);
    expect([locks.isHeld(), store.holds(first), lost]).toEqual([true, true, []]);
    await clock.advance(1);
    expect([locks.isHeld(), lost, regained]).toEqual([false, [first], []]);
    const second = locks.owner;
    expect(second).not.toBe(first);
    await clock.advance(10 * LIFE);
    expect([locks.isHeld(), locks.owner]).toEqual([false, second]);
    store.down = false;
    await clock.advance(250);
    expect([locks.isHeld(), lost, regained]).toEqual([true, [first], [second]]);
    expect([store.holds(first), store.holds(second)]).toEqual([false, true]);
    await clock.advance(10 * LIFE);
    expect([locks.isHeld(), locks.owner, lost]).toEqual([true, second, [first]]);
  });

  it('is not held from the first instant after a stop that outlasted its life', async () => {
    const clock = new StoppedClock(T0);
    const { locks, store, first, lost, regained } = await started(clock);
    clock.stoppedMs = LIFE + 1;
    expect([locks.isHeld(), store.holds(first), lost]).toEqual([false, false, []]);
    await clock.advance(HEARTBEAT);
    expect([lost, regained, locks.isHeld()]).toEqual([[first], [locks.owner], true]);
    expect([store.holds(first), store.holds(locks.owner)]).toEqual([false, true]);
  });

  it('is still held after a stop of its own thread, as long as another one renewed it meanwhile', async () => {
    const clock = new StoppedClock(T0);
    const store = new MemoryLocks(clock);
    const keeper = new OtherThread(clock);
    const locks = new LockManager(store, clock, { lockLifeMs: LIFE, heartbeatMs: HEARTBEAT }, keeper);
    const lost: string[] = [];
    locks.onLost((former) => lost.push(former));
    await locks.start();
    const first = locks.owner;
    clock.stoppedMs = LIFE - 1;
    await store.renew(first, LIFE);
    keeper.renewedAt = clock.monotonic();
    clock.stoppedMs += LIFE / 2;
    expect(locks.isHeld()).toBe(true);
    await clock.advance(HEARTBEAT);
    expect([locks.isHeld(), locks.owner, lost, keeper.kept]).toEqual([true, first, [], first]);
    clock.stoppedMs += 2 * LIFE;
    expect(locks.isHeld()).toBe(false);
    await clock.advance(HEARTBEAT);
    expect([lost, locks.isHeld(), keeper.kept]).toEqual([[first], true, locks.owner]);
    store.down = true;
    await clock.advance(LIFE);
    expect(keeper.kept).toBeNull();
    await locks.stop();
    expect(keeper.kept).toBeNull();
  });

  it('is lost at the next renewal when the server has forgotten it', async () => {
    const { clock, locks, store, first, lost, regained } = await started();
    store.clear();
    await clock.advance(HEARTBEAT);
    expect(lost).toEqual([first]);
    expect(regained).toEqual([locks.owner]);
    expect(store.holds(first)).toBe(false);
  });

  it('counts its life from when a renewal was sent, not from when it was answered', async () => {
    const { clock, locks, store, first, lost } = await started();
    store.latencyMs = 4000;
    await clock.advance(HEARTBEAT + 4000);
    store.down = true;
    await clock.advanceTo(T0 + HEARTBEAT + LIFE - 1);
    expect([locks.isHeld(), store.holds(first)]).toEqual([true, true]);
    await clock.advance(1);
    expect([locks.isHeld(), lost]).toEqual([false, [first]]);
  });

  it('is never held when the server no longer counts it as held, whatever goes wrong when', async () => {
    const { clock, locks, store } = await started();
    for (let second = 0; second < 300; second++) {
      store.down = second % 37 < 14;
      store.latencyMs = (second % 11) * 900;
      await clock.advance(1000);
      if (locks.isHeld()) expect(store.holds(locks.owner)).toBe(true);
    }
    store.down = false;
    store.latencyMs = 0;
    await clock.advance(2 * LIFE);
    expect(locks.isHeld()).toBe(true);
  });

  it('ignores the answer to a renewal of a former self', async () => {
    const { clock, locks, store, first, lost } = await started();
    store.latencyMs = LIFE;
    await clock.advance(LIFE);
    expect(lost).toEqual([first]);
    store.latencyMs = 0;
    await clock.advance(3 * LIFE);
    expect(locks.isHeld()).toBe(true);
    expect(locks.owner).not.toBe(first);
    expect(store.holds(locks.owner)).toBe(true);
  });

  it.each([-86_400_000, 86_400_000])('does not mind when the wall clock is set by %d ms', async (jump) => {
    const { clock, locks, store, first, lost } = await started();
    clock.setWall(clock.now() + jump);
    await clock.advance(10 * LIFE);
    expect([locks.isHeld(), locks.owner, lost]).toEqual([true, first, []]);
    expect(store.renewals).toBe((10 * LIFE) / HEARTBEAT);
  });

  it('gives its lock up when it is stopped, and renews no more', async () => {
    const { clock, locks, store, first, lost } = await started();
    await locks.stop();
    expect([locks.isHeld(), store.holds(first)]).toEqual([false, false]);
    const { renewals } = store;
    await clock.advance(5 * LIFE);
    expect([store.renewals, lost]).toEqual([renewals, []]);
  });

  it('does not come back when it is stopped after a loss', async () => {
    const { clock, locks, store, regained } = await started();
    store.down = true;
    await clock.advance(LIFE);
    await locks.stop();
    store.down = false;
    await clock.advance(5 * LIFE);
    expect([locks.isHeld(), regained, store.holds(locks.owner)]).toEqual([false, [], false]);
  });

  it('gives back a lock that it gets only after it was stopped', async () => {
    const { clock, locks, store, regained } = await started();
    store.clear();
    await clock.advance(HEARTBEAT - 1);
    store.latencyMs = 600;
    await clock.advance(1 + 600 + 300);
    expect(store.holds(locks.owner)).toBe(true);
    await locks.stop();
    await clock.advance(LIFE / 2);
    expect([locks.isHeld(), regained, store.holds(locks.owner)]).toEqual([false, [], false]);
  });

  it('knows which instances are dead: not itself, not the living, and those that stopped or expired', async () => {
    const { clock, locks, store, manager, first } = await started();
    const [living, stopped] = [manager(), manager()];
    const frozenClock = new SettableClock(T0);
    const frozen = manager(frozenClock);
    await Promise.all([living.start(), stopped.start(), frozen.start()]);
    await stopped.stop();
    await clock.advance(LIFE - 1);
    const all = [first, living.owner, stopped.owner, frozen.owner, 'unheard of'];
    await expect(locks.deadAmong(all)).resolves.toEqual([stopped.owner, 'unheard of']);
    await clock.advance(1);
    await expect(locks.deadAmong(all)).resolves.toEqual([stopped.owner, frozen.owner, 'unheard of']);
    store.down = true;
    await expect(locks.deadAmong([first])).resolves.toEqual([]);
    await expect(locks.deadAmong(all)).rejects.toThrow(StoreUnavailableError);
  });
});
