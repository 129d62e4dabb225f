import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock, type Timer } from '../clock/clock.js';
import { newId } from '../domain/ids.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { LockKeeper, NoLockKeeper } from './lock-keeper.js';
import { LockStore } from './lock.store.js';

const keyOf = (instance: string) => `instance/${instance}`;
const RETRY_MS = 250;

/**
 * Holds this instance's lock, under which it works on all of its runs: one renewal covers them all. An instance that
 * lost its lock comes back under a new id, so that nothing of its former self can be renewed.
 */
@Injectable()
export class LockManager {
  private instance: string;
  private heldUntil = Number.NEGATIVE_INFINITY;
  /** When the last renewal that was granted was sent (monotonic ms). */
  private renewedAt = Number.NEGATIVE_INFINITY;
  private renewal: Timer | null = null;
  private expiry: Timer | null = null;
  private stopped = true;
  private readonly lostListeners: ((instance: string) => void)[] = [];
  private readonly heldListeners: (() => void)[] = [];
  private readonly logger = new Logger(LockManager.name);

  constructor(
    private readonly store: LockStore,
    private readonly clock: Clock,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'lockLifeMs' | 'heartbeatMs'>,
    private readonly keeper: LockKeeper = new NoLockKeeper(),
  ) {
    this.instance = newId(clock.now());
  }

  /** The present id of this instance: random for each boot and after each loss of the lock. */
  get owner(): string {
    return this.instance;
  }

  /** Whether the lock is certainly still ours, judged conservatively by when the last renewal was sent. */
  isHeld(): boolean {
    return this.clock.monotonic() < this.heldUntil || this.isKept();
  }

  /** How long ago the last renewal that was granted was sent (ms), also of a lock that is lost; infinite before the first. */
  get renewedMsAgo(): number {
    return Math.min(this.clock.monotonic() - this.renewedAt, this.keeper.renewedMsAgo);
  }

  /** Whether the keeper renewed the lock while this thread was blocked; a lost lock stays lost. */
  private isKept(): boolean {
    if (this.heldUntil === Number.NEGATIVE_INFINITY) return false;
    const now = this.clock.monotonic();
    this.heldUntil = Math.max(this.heldUntil, now - this.keeper.renewedMsAgo + this.settings.lockLifeMs);
    return now < this.heldUntil;
  }

  /** Calls `listener` with the former id as soon as the lock is, or may be, lost. */
  onLost(listener: (instance: string) => void): void {
    this.lostListeners.push(listener);
  }

  /** Calls `listener` each time a lock was taken again after a loss. */
  onRegained(listener: () => void): void {
    this.heldListeners.push(listener);
  }

  /** Takes the lock and keeps it until `stop`. @throws StoreUnavailableError */
  async start(): Promise<void> {
    this.stopped = false;
    await this.take();
  }

  /** Releases the lock, so that others need not wait for its expiry; in an outage of the store it has to expire. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.letGo();
    try {
      await this.store.release([keyOf(this.instance)], this.instance);
    } catch (error) {
      this.logger.warn(`The lock could not be given up and has to expire: ${(error as Error).message}`);
    }
  }

  /** The instances among these whose lock nobody holds any more: their runs are free for takeover. */
  async deadAmong(instances: readonly string[]): Promise<string[]> {
    const others = instances.filter((instance) => instance !== this.instance);
    if (others.length === 0) return [];
    const holders = await this.store.holders(others.map(keyOf));
    return others.filter((instance) => !holders.has(keyOf(instance)));
  }

  /** How long the lock of each of these instances lasts unless renewed, in ms; dead instances are missing. */
  async remainingOf(instances: readonly string[]): Promise<Map<string, number>> {
    if (instances.length === 0) return new Map();
    const lives = await this.store.remaining(instances.map(keyOf));
    return new Map(instances.flatMap((id) => (lives.has(keyOf(id)) ? [[id, lives.get(keyOf(id))!]] : [])));
  }

  /**
   * Takes another lock for this instance, which the renewal of its own lock keeps; resolves to whether it has the lock.
   * @throws StoreUnavailableError
   */
  async takeAlso(key: string): Promise<boolean> {
    return this.isHeld() && (await this.store.acquire([key], this.instance, this.settings.lockLifeMs)).size > 0;
  }

  private async take(): Promise<void> {
    const sent = this.clock.monotonic();
    const held = await this.store.acquire([keyOf(this.instance)], this.instance, this.settings.lockLifeMs);
    if (!held.has(keyOf(this.instance))) throw new Error('a new instance id is already in use');
    // Stopped meanwhile: release the late lock, or others would wait for its expiry.
    if (this.stopped) return this.store.release([keyOf(this.instance)], this.instance);
    this.extend(sent);
    const { lockLifeMs, heartbeatMs } = this.settings;
    this.keeper.keep(this.instance, keyOf(this.instance), lockLifeMs, heartbeatMs);
  }

  private extend(sent: number): void {
    this.renewedAt = sent;
    this.heldUntil = Math.max(this.heldUntil, sent + this.settings.lockLifeMs);
    this.watch();
    this.schedule(this.settings.heartbeatMs);
  }

  private watch(): void {
    this.expiry?.cancel();
    const expire = () => (this.isKept() ? this.watch() : this.lose());
    this.expiry = this.clock.after(this.heldUntil - this.clock.monotonic(), expire);
  }

  private schedule(delayMs: number): void {
    this.renewal?.cancel();
    const dueAt = this.clock.monotonic() + delayMs;
    this.renewal = this.clock.after(delayMs, () => {
      this.keeper.sign();
      this.tellOfDelay(this.clock.monotonic() - dueAt);
      void this.renew();
    });
  }

  private tellOfDelay(lateMs: number): void {
    if (lateMs <= this.settings.heartbeatMs) return;
    this.logger.warn(
      `The event loop was held up for ${Math.round(lateMs)} ms, by code that computed without a pause or because the process was stopped: whatever was due meanwhile is late.`,
    );
  }

  /** Stops holding the lock, whatever is under way. */
  private letGo(): void {
    this.keeper.drop();
    this.renewal?.cancel();
    this.expiry?.cancel();
    this.heldUntil = Number.NEGATIVE_INFINITY;
  }

  private async renew(): Promise<void> {
    const instance = this.instance;
    const sent = this.clock.monotonic();
    try {
      const held = await this.store.renew(instance, this.settings.lockLifeMs);
      if (this.stopped || instance !== this.instance) return;
      if (held.has(keyOf(instance))) this.extend(sent);
      else this.lose();
    } catch (error) {
      if (this.stopped || instance !== this.instance) return;
      this.logger.warn(`The lock could not be renewed: ${(error as Error).message}`);
      this.schedule(RETRY_MS);
    }
  }

  private lose(): void {
    if (this.stopped) return;
    const former = this.instance;
    this.letGo();
    this.instance = newId(this.clock.now());
    for (const listener of this.lostListeners) listener(former);
    void this.regain(this.instance);
  }

  private async regain(instance: string): Promise<void> {
    while (!this.stopped && instance === this.instance) {
      try {
        await this.take();
        if (this.stopped) return;
        for (const listener of this.heldListeners) listener();
        return;
      } catch {
        await this.clock.sleep(RETRY_MS);
      }
    }
  }
}
