import type { Clock } from '../clock/clock.js';
import type { Reading, TopicStatus } from './transport.js';
import type { Trouble } from './trouble.js';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;

/**
 * Reads in sessions, each with a client of its own: one that fails is not left to itself, another one takes its place. The
 * wait for that grows with each failure in a row.
 */
export abstract class SupervisedReading implements Reading {
  protected readonly stopping = new AbortController();
  private work: Promise<void> = Promise.resolve();
  protected isConnected = false;
  private failures = 0;

  constructor(
    private readonly clock: Clock,
    private readonly trouble: Trouble,
    /** How long a stop waits for what is in hand (ms). */
    private readonly graceMs: number,
  ) {}

  get status(): TopicStatus {
    return { connected: this.isConnected, lag: this.lag, failure: this.trouble.failure };
  }

  start(): void {
    this.work = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.clock.noLongerThan(this.graceMs, this.work);
  }

  /** How many messages are yet to come; null where that is not known. */
  protected abstract get lag(): number | null;

  /** Reads until something fails or it is stopped; ends with `isConnected` false. */
  protected abstract session(): Promise<void>;

  protected get isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  /** The session has got something from its server. */
  protected works(): void {
    this.isConnected = true;
    this.failures = 0;
    this.trouble.end();
  }

  /** Notes what went wrong, and resolves after the wait (ms) or when it is stopped. */
  protected async putOff(error: unknown, waitMs: number): Promise<void> {
    this.trouble.begin(error);
    await this.clock.sleep(waitMs, this.stopping.signal).catch(() => undefined);
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      try {
        await this.session();
      } catch (error) {
        if (!this.isStopped) await this.putOff(error, this.nextWaitMs());
      }
    }
  }

  private nextWaitMs(): number {
    return Math.min(FIRST_WAIT_MS * 2 ** Math.min(this.failures++, 10), LONGEST_WAIT_MS);
  }
}
