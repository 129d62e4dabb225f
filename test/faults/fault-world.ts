import { setTimeout as wait } from 'node:timers/promises';
import { Callee } from '../e2e/callee.js';
import type { TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess } from '../e2e/service-process.js';

/** How often each fault is caused; a higher number makes a soak test. */
export const ROUNDS = Number(process.env['FAULT_ROUNDS'] ?? 1);

/** How long a lock lives in these tests (ms); short, so that a takeover comes soon. */
export const LOCK_LIFE_MS = 3000;
/** How long a write may take when nothing holds it up (ms); well within the life of a lock. */
const PROMPT_MS = 800;
const SETTINGS = {
  LOCK_LIFE_MS: String(LOCK_LIFE_MS),
  HEARTBEAT_MS: '500',
  // What goes wrong here goes wrong on purpose.
  LOG_LEVEL: 'fatal',
  RATE_LIMIT_PER_MINUTE: '1000000',
};

/** A store, several real instances of the service on it, and what their tasks call. */
export class FaultWorld {
  readonly services: ServiceProcess[] = [];
  private readonly frozen = new Set<ServiceProcess>();

  private constructor(
    readonly store: TemporaryStore,
    readonly callee: Callee,
  ) {}

  static async open(store: TemporaryStore): Promise<FaultWorld> {
    return new FaultWorld(store, await Callee.start());
  }

  /** Starts another instance; `storeUrl` is its own way to the store. */
  async boot(storeUrl = this.store.url): Promise<ServiceProcess> {
    const service = await ServiceProcess.start(storeUrl, SETTINGS);
    this.services.push(service);
    return service;
  }

  /** The instances that can answer requests. */
  get answering(): ServiceProcess[] {
    return this.services.filter((service) => !this.frozen.has(service));
  }

  /** Ends an instance as a power cut would. */
  async kill(service: ServiceProcess): Promise<void> {
    this.services.splice(this.services.indexOf(service), 1);
    await service.killHard();
  }

  /**
   * Stops an instance at a moment when `write`, by another instance, still succeeds. An instance stopped within a write
   * to an embedded store would hold up everybody until it continues.
   */
  async freezeBetweenWrites(service: ServiceProcess, write: () => Promise<unknown>): Promise<void> {
    this.frozen.add(service);
    for (;;) {
      service.freeze();
      const written = write().then(() => true);
      if (await Promise.race([written, wait(PROMPT_MS, false)])) return;
      service.thaw();
      // If it were frozen again at once, it would not get out of its write.
      await written;
    }
  }

  thaw(service: ServiceProcess): void {
    this.frozen.delete(service);
    service.thaw();
  }

  async end(): Promise<void> {
    this.callee.release();
    await Promise.all(this.services.map((service) => service.killHard()));
    await this.callee.close();
    await this.store.drop();
  }
}
