import { Injectable } from '@nestjs/common';
import { boundedCache } from '../../domain/bounded-cache.js';
import { Clock } from '../../clock/clock.js';
import type { EventWindow } from './event-window.js';
import { EventWindowStore, type WindowUsage } from './event-window.store.js';

/** How many windows there may be: of a task, and of an organization. */
export const MOST_OF_TASK = 1000;
export const MOST_OF_ORGANIZATION = 10_000;
/** How many bytes the windows of an organization may hold. */
export const MOST_BYTES_OF_ORGANIZATION = 67_108_864;
/** For how long it counts what was held (ms). */
const FRESH_MS = 1000;

type Holder = Pick<EventWindow, 'organization' | 'taskId'>;
interface Known {
  usage: WindowUsage;
  lookedAt: number;
}

const keyOf = ({ organization, taskId }: Holder): string => JSON.stringify([organization, taskId]);

/**
 * Keeps what organizations hold in windows within bounds. Several instances that take something in at the same time may
 * exceed these by what comes in within a second.
 */
@Injectable()
export class WindowRoom {
  private readonly known = boundedCache<Known>(10_000);

  constructor(
    private readonly clock: Clock,
    private readonly store: EventWindowStore,
  ) {}

  /** Looks how much these hold. */
  async look(holders: readonly Holder[]): Promise<void> {
    const now = this.clock.monotonic();
    const stale = new Map(holders.map((holder) => [keyOf(holder), holder]));
    for (const [key] of stale) if ((this.known.get(key)?.lookedAt ?? -FRESH_MS) > now - FRESH_MS) stale.delete(key);
    for (const [key, { organization, taskId }] of stale) {
      const usage = await this.store.usage(organization, taskId, MOST_OF_ORGANIZATION);
      this.known.set(key, { usage: { ...usage }, lookedAt: now });
    }
  }

  /** Whether there is room for so many bytes, and for another window; if so, it is taken. */
  take(holder: Holder, isNew: boolean, bytes: number): boolean {
    const usage = this.known.get(keyOf(holder))?.usage;
    if (!usage) return true;
    const { windows, ofTask } = usage;
    if (isNew && (windows >= MOST_OF_ORGANIZATION || ofTask >= MOST_OF_TASK)) return false;
    if (usage.bytes + bytes > MOST_BYTES_OF_ORGANIZATION) return false;
    if (isNew) Object.assign(usage, { windows: windows + 1, ofTask: ofTask + 1 });
    usage.bytes += bytes;
    return true;
  }
}
