import { writeSync } from 'node:fs';
import { SystemClock } from '../clock/system-clock.js';
import type { Timer } from '../clock/clock.js';
import type { LockStore } from '../locking/lock.store.js';
import { reading, type RenewalCell } from './renewal-cell.js';

const RETRY_MS = 250;
/** After this time without a signal of the other thread, the process's standard error gets a message. */
const SILENT_MS = 30_000;
const STDERR = 2;

/** Which locks to renew, for how long and how often. */
export interface KeepOrder {
  turn: number;
  owner: string;
  /** The lock that the owner must hold. */
  key: string;
  lifeMs: number;
  everyMs: number;
}

/** Renews locks on its own thread, as long as the order's turn lasts. */
export class Renewal {
  private readonly clock = new SystemClock();
  private timer: Timer | null = null;
  private isTold = false;

  constructor(
    private readonly locks: Pick<LockStore, 'renew'>,
    private readonly cell: RenewalCell,
  ) {}

  /** Follows this order instead of the previous one. */
  follow(order: KeepOrder): void {
    this.timer?.cancel();
    void this.renew(order);
  }

  /** Follows no order. */
  rest(): void {
    this.timer?.cancel();
  }

  private wait(order: KeepOrder, delayMs: number): void {
    this.timer = this.clock.after(delayMs, () => void this.renew(order));
  }

  private async renew(order: KeepOrder): Promise<void> {
    if (!this.cell.isOn(order.turn)) return;
    const sentAt = reading();
    try {
      const held = await this.locks.renew(order.owner, order.lifeMs);
      if (!this.cell.isOn(order.turn)) return;
      // Lost: its owner finds out by its own renewal.
      if (!held.has(order.key)) return;
      this.cell.renewed(order.turn, sentAt);
      this.tellOfSilence(order);
      this.wait(order, order.everyMs);
    } catch {
      if (this.cell.isOn(order.turn)) this.wait(order, RETRY_MS);
    }
  }

  /** Written directly to standard error: the thread that could log it is blocked. */
  private tellOfSilence({ owner, everyMs }: KeepOrder): void {
    const isSilent = this.cell.signedMsAgo > Math.max(SILENT_MS, 4 * everyMs);
    if (isSilent && !this.isTold) {
      const text = `The event loop of instance ${owner} has been held up for ${SILENT_MS / 1000} s or more by code that computes without a pause. Its locks are kept.\n`;
      try {
        writeSync(STDERR, text);
      } catch {
        // Standard error is closed.
      }
    }
    this.isTold = isSilent;
  }
}
