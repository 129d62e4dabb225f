import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { askedByMany } from '../../batching/asker.js';
import { FreshReads } from '../../batching/fresh-reads.js';
import { Clock } from '../../clock/clock.js';
import { InstanceRegistry } from '../../cluster/instance-registry.js';
import type { Json } from '../../domain/json.js';
import { ChangeFeed } from '../../scheduler/change-feed.js';
import { StatsReads } from '../../stats/stats.store.js';
import { ChangeHub, LOOK_EVERY_MS, type HubParts } from './change-hub.js';
import type { GatheredChanges } from './gathered-changes.js';
import { TrailHeads } from './trail-heads.js';

/** How many instances one look takes in. */
const MOST_INSTANCES = 100;

/** The organizations that are followed here: each is read once, however many streams it has. */
@Injectable()
export class ChangeHubs implements OnModuleDestroy {
  private readonly hubs = new Map<string, ChangeHub>();
  private readonly parts: HubParts;

  constructor(feed: ChangeFeed, heads: TrailHeads, stats: StatsReads, registry: InstanceRegistry, clock: Clock) {
    const read = async (): Promise<Json> => {
      const instances = await registry.list({ limit: MOST_INSTANCES });
      return { items: instances.map(({ id, alive, leaving, saturated }) => ({ id, alive, leaving, saturated })) };
    };
    this.parts = { feed, heads, stats, clock, fleet: new FreshReads(clock, LOOK_EVERY_MS, read) };
  }

  onModuleDestroy(): void {
    for (const hub of this.hubs.values()) hub.close();
    this.hubs.clear();
  }

  /** Resolves to the position from which on the listener hears everything. */
  async join(organization: string, listener: GatheredChanges): Promise<string> {
    // It outlives the request that is the first to follow.
    const hub = this.hubs.get(organization) ?? askedByMany(() => new ChangeHub(organization, this.parts));
    this.hubs.set(organization, hub);
    hub.join(listener);
    try {
      await hub.ready;
      return hub.position;
    } catch (error) {
      this.leave(organization, listener);
      throw error;
    }
  }

  leave(organization: string, listener: GatheredChanges): void {
    const hub = this.hubs.get(organization);
    hub?.leave(listener);
    if (!hub?.isEmpty) return;
    hub.close();
    this.hubs.delete(organization);
  }
}
