import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { SettableClock } from '../../clock/settable-clock.js';
import { MemoryData } from '../../testing/memory/memory-data.js';
import { memoryStores } from '../../testing/memory/memory-store.js';
import type { Channel } from '../channels/channel.js';
import type { Channels } from '../channels/channels.js';
import { ChannelCare } from './channel-care.js';
import type { Outcome } from './delivery-plan.js';

const T0 = Date.parse('2027-01-31T12:00:00Z');
const HOUR_MS = 3_600_000;

const channel = (id: string): Channel =>
  ({ id, organization: 'acme', name: `the ${id} one`, enabled: true }) as Channel;

class World {
  readonly clock = new SettableClock(T0);
  readonly data = new MemoryData(() => this.clock.now());
  /** What the trail of the organization says. */
  readonly trail: string[] = [];
  readonly all = new Map(['oldest', 'ill', 'other'].map((id) => [id, channel(id)]));
  readonly care: ChannelCare;

  constructor() {
    const { notifications, notificationDeliveries } = memoryStores(this.data);
    const channels: Pick<Channels, 'list' | 'record' | 'disable'> = {
      // Newest first, as lists are.
      list: () => Promise.resolve([...this.all.values()].reverse()),
      record: ({ id }, what) => {
        this.trail.push(`${id} ${what}`);
        return Promise.resolve();
      },
      disable: (_organization, id) => {
        const known = this.all.get(id)!;
        this.all.set(id, { ...known, enabled: false });
        if (known.enabled) this.trail.push(`${id} disabled`);
        return Promise.resolve(known.enabled);
      },
    };
    this.care = new ChannelCare(notifications, notificationDeliveries, channels as Channels, this.clock);
  }

  /** What was told, and by which channel. */
  get told(): [string, string][] {
    return [...this.data.notificationDeliveries.values()].map((each) => [each.channel, JSON.stringify(each.alerts)]);
  }

  async tries(id: string, count: number, outcome: Partial<Outcome> = {}): Promise<void> {
    const failed = { at: this.clock.now(), durationMs: 5, status: 503, error: 'http-503', body: null };
    const kind = { isFinal: false, isGone: false, retryAfterMs: null };
    for (let n = 0; n < count; n++) await this.care.note(this.all.get(id)!, { ...failed, ...kind, ...outcome });
  }
}

describe('a channel to which nothing arrives', () => {
  let world: World;
  beforeEach(() => {
    Logger.overrideLogger(false);
    world = new World();
  });

  it('is warned of by another one after a day and several tries, and disabled days later, each told once', async () => {
    await world.tries('ill', 30);
    expect(world.trail).toEqual([]);
    world.clock.setWall(T0 + 25 * HOUR_MS);
    await world.tries('ill', 3);
    expect(world.trail).toEqual(['ill failing']);
    expect(world.told).toEqual([['oldest', expect.stringContaining('has taken nothing for a day')]]);
    world.clock.setWall(T0 + 119 * HOUR_MS);
    await world.tries('ill', 3);
    expect(world.trail).toEqual(['ill failing']);
    world.clock.setWall(T0 + 121 * HOUR_MS);
    await world.tries('ill', 3);
    expect(world.trail).toEqual(['ill failing', 'ill disabled']);
    expect(world.told).toHaveLength(2);
    expect(world.told[1]).toEqual(['oldest', expect.stringContaining('is disabled')]);
  });

  it('begins anew with whatever arrives', async () => {
    await world.tries('ill', 30);
    world.clock.setWall(T0 + 25 * HOUR_MS);
    await world.tries('ill', 1, { error: null, status: 204 });
    await world.tries('ill', 30);
    expect(world.trail).toEqual([]);
    world.clock.setWall(T0 + 50 * HOUR_MS);
    await world.tries('ill', 1);
    expect(world.trail).toEqual(['ill failing']);
  });

  it('is told of by a channel to which something arrives, and by none where there is no such', async () => {
    await world.tries('oldest', 1);
    await world.tries('ill', 1, { isGone: true, status: 410 });
    expect(world.trail).toEqual(['ill disabled']);
    expect(world.told).toEqual([['other', expect.stringContaining('410')]]);
    await world.tries('other', 1, { isGone: true, status: 410 });
    expect(world.trail).toEqual(['ill disabled', 'other disabled']);
    expect(world.told).toHaveLength(1);
  });
});
