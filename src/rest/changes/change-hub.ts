import type { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import { SharedWork } from '../../batching/shared-work.js';
import type { InstanceRegistry } from '../../cluster/instance-registry.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import type { Json } from '../../domain/json.js';
import type { ChangeFeed } from '../../scheduler/change-feed.js';
import type { StatsReads } from '../../stats/stats.store.js';
import type { GatheredChanges } from './gathered-changes.js';
import type { TrailHeads } from './trail-heads.js';

/** The wait between two looks at the figures, and before what broke off is followed again (ms). */
const LOOK_EVERY_MS = 1000;
const AGAIN_MS = 5000;
/** How many unfinished runs, and instances, one look takes in. */
const MOST_UNFINISHED = 1000;
const MOST_INSTANCES = 100;

export interface HubParts {
  feed: ChangeFeed;
  heads: TrailHeads;
  stats: StatsReads;
  registry: InstanceRegistry;
  clock: Clock;
  /** One look at the instances serves the streams of all organizations. */
  fleet: SharedWork<Json>;
}

/** Follows one organization once, for all its streams on this instance. */
export class ChangeHub {
  private readonly listeners = new Set<GatheredChanges>();
  private readonly closed = new AbortController();
  private readonly rounds: Rounds;
  private readonly former = new Map<string, string>();
  /** Resolves to the position from which on listeners hear everything. */
  readonly ready: Promise<string>;

  constructor(
    private readonly organization: string,
    private readonly parts: HubParts,
  ) {
    this.rounds = new Rounds(
      parts.clock,
      () => LOOK_EVERY_MS,
      () => this.look().catch(() => undefined),
    );
    this.ready = parts.heads.endOf(organization);
    this.ready.then(
      (position) => void this.follow(position),
      () => undefined,
    );
    this.rounds.startLater();
  }

  get isEmpty(): boolean {
    return this.listeners.size === 0;
  }

  join(listener: GatheredChanges): void {
    this.listeners.add(listener);
    // A new listener is told the figures as they are.
    this.former.clear();
  }

  leave(listener: GatheredChanges): void {
    this.listeners.delete(listener);
  }

  close(): void {
    this.closed.abort();
    void this.rounds.stop();
  }

  private async follow(from: string): Promise<void> {
    const { signal } = this.closed;
    let after = from;
    while (!signal.aborted) {
      try {
        for await (const change of this.parts.feed.follow(this.organization, { after, prompt: true, signal })) {
          for (const listener of this.listeners) listener.hear(change);
        }
        return;
      } catch {
        await this.parts.clock.sleep(AGAIN_MS, signal).catch(() => undefined);
        after = await this.parts.heads.endOf(this.organization).catch(() => after);
        for (const listener of this.listeners) listener.hearGap(after);
      }
    }
  }

  private async look(): Promise<void> {
    const { stats, clock, fleet, registry } = this.parts;
    const backlog = await stats.backlog(this.organization, clock.now(), MOST_UNFINISHED);
    this.tellFigures('stats', { ...backlog });
    const read = async (): Promise<Json> => {
      const instances = await registry.list({ limit: MOST_INSTANCES });
      return { items: instances.map(({ id, alive, leaving, saturated }) => ({ id, alive, leaving, saturated })) };
    };
    this.tellFigures('instances', await fleet.of('', read));
  }

  private tellFigures(topic: 'stats' | 'instances', figures: Json): void {
    const text = canonicalJson(figures);
    if (this.former.get(topic) === text) return;
    this.former.set(topic, text);
    for (const listener of this.listeners) listener.hearFigures(topic, figures);
  }
}
