import type { Clock } from '../../clock/clock.js';
import { Rounds } from '../../clock/rounds.js';
import type { FreshReads } from '../../batching/fresh-reads.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import type { Json } from '../../domain/json.js';
import type { ChangeFeed } from '../../scheduler/change-feed.js';
import { isEndOfRun, type Change } from '../../scheduler/changes-in.js';
import type { StatsReads } from '../../stats/stats.store.js';
import type { ChangeTopic } from './change-topics.js';
import type { GatheredChanges } from './gathered-changes.js';
import type { TrailHeads } from './trail-heads.js';

/** The wait between two looks at the figures, and before what broke off is followed again (ms). */
export const LOOK_EVERY_MS = 1000;
const AGAIN_MS = 5000;
/** How many unfinished runs one look takes in. */
const MOST_UNFINISHED = 1000;

/** How many ends of runs a hub knows as told; those beyond come again in their turn. */
const MOST_TOLD = 1000;

export interface HubParts {
  feed: Pick<ChangeFeed, 'follow'>;
  heads: Pick<TrailHeads, 'endOf'>;
  stats: Pick<StatsReads, 'backlog'>;
  clock: Clock;
  /** The instances; one look at them serves the streams of all organizations. */
  fleet: FreshReads<Json>;
}

/** Follows one organization once, for all its streams on this instance. */
export class ChangeHub {
  /** With the number of each: those that come later have a higher one. */
  private readonly listeners = new Map<GatheredChanges, number>();
  private joined = 0;
  /** By run, how many had joined when its end was told first. */
  private readonly told = new Map<string, number>();
  private readonly closed = new AbortController();
  private readonly rounds: Rounds;
  private readonly former = new Map<string, string>();
  /** Once ready: whoever joins now hears all that follows this position. */
  position = '0';
  readonly ready: Promise<void>;

  constructor(
    private readonly organization: string,
    private readonly parts: HubParts,
  ) {
    this.rounds = new Rounds(
      parts.clock,
      () => LOOK_EVERY_MS,
      () => this.look().catch(() => undefined),
    );
    this.ready = this.begin();
    this.ready.then(
      () => void this.follow(),
      () => undefined,
    );
    this.rounds.startLater();
  }

  get isEmpty(): boolean {
    return this.listeners.size === 0;
  }

  join(listener: GatheredChanges): void {
    this.listeners.set(listener, ++this.joined);
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

  private async begin(): Promise<void> {
    this.position = await this.parts.heads.endOf(this.organization);
  }

  private async follow(): Promise<void> {
    const { signal } = this.closed;
    const { feed, heads, clock } = this.parts;
    while (!signal.aborted) {
      try {
        const options = { after: this.position, prompt: true, again: true, signal };
        for await (const change of feed.follow(this.organization, options)) this.tell(change);
        return;
      } catch {
        await clock.sleep(AGAIN_MS, signal).catch(() => undefined);
        this.position = await heads.endOf(this.organization).catch(() => this.position);
        for (const listener of this.listeners.keys()) listener.hearGap(this.position);
      }
    }
  }

  /** Tells a change to all; the end of a run that comes again, in its turn, to those who came in between. */
  private tell(change: Change): void {
    const before = this.toldBefore(change);
    this.position = change.position;
    for (const [listener, number] of this.listeners) {
      if (number > before) listener.hear(change);
      else listener.pass(change.position);
    }
  }

  /** How many listeners, counted from the first that joined, have heard it. */
  private toldBefore(change: Change): number {
    if (!isEndOfRun(change)) return 0;
    const { id } = change.object;
    const before = this.told.get(id);
    if (this.told.delete(id)) return before!;
    if (this.told.size >= MOST_TOLD) this.told.delete(this.told.keys().next().value!);
    this.told.set(id, this.joined);
    return 0;
  }

  private async look(): Promise<void> {
    const { stats, clock, fleet } = this.parts;
    if (this.isWanted('stats')) {
      const backlog = await stats.backlog(this.organization, clock.now(), MOST_UNFINISHED);
      this.tellFigures('stats', { ...backlog });
    }
    if (this.isWanted('instances')) this.tellFigures('instances', await fleet.get(''));
  }

  private isWanted(topic: ChangeTopic): boolean {
    return [...this.listeners.keys()].some((listener) => listener.wants(topic));
  }

  private tellFigures(topic: 'stats' | 'instances', figures: Json): void {
    const text = canonicalJson(figures);
    if (this.former.get(topic) === text) return;
    this.former.set(topic, text);
    for (const listener of this.listeners.keys()) listener.hearFigures(topic, figures);
  }
}
