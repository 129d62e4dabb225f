import type { Json, JsonObject } from '../../domain/json.js';
import { positionIn } from '../../scheduler/change-position.js';
import type { Change } from '../../scheduler/changes-in.js';
import type { ServerSentEvent } from '../runs/server-sent-events.js';
import { toldOf, type Asked, type ChangeTopic } from './change-topics.js';

/** How many objects one message names; of the others it tells the number. */
const MOST_ITEMS = 50;

const LISTED = ['runs', 'tasks', 'settings'] as const;
type Listed = (typeof LISTED)[number];

/**
 * What one stream has still to tell. It holds a bounded number of objects whatever happens while its reader does not
 * read: of each object the last change, and of those beyond the bound their number.
 */
export class GatheredChanges {
  private readonly items: Record<Listed, Map<string, JsonObject>> = {
    runs: new Map(),
    tasks: new Map(),
    settings: new Map(),
  };
  private more: Record<Listed, number> = { runs: 0, tasks: 0, settings: 0 };
  private figures = new Map<ChangeTopic, Json>();
  private isGap = false;
  /** Called when there is something to take. */
  onNews: () => void = () => undefined;

  constructor(
    private readonly asked: Asked,
    /** A stream that is opened with this position goes on behind all that was told. */
    public position: string,
  ) {}

  get hasSome(): boolean {
    const isListed = LISTED.some((topic) => this.items[topic].size + this.more[topic] > 0);
    return this.isGap || this.figures.size > 0 || isListed;
  }

  wants(topic: ChangeTopic): boolean {
    return this.asked.topics.has(topic);
  }

  /** Whoever knows what has been told knows all up to this position. */
  pass(position: string): void {
    if (isBehind(position, this.position)) this.position = position;
  }

  hear(change: Change): void {
    this.pass(change.position);
    const told = toldOf(change, this.asked);
    if (!told) return;
    const { topic, key, item } = told;
    const former = this.items[topic].get(key);
    // What is read later may have happened before.
    if (former && (former['at'] as string) > (item['at'] as string)) return;
    if (former || this.items[topic].size < MOST_ITEMS) this.items[topic].set(key, item);
    else this.more[topic]++;
    this.onNews();
  }

  /** Figures that differ from those before. */
  hearFigures(topic: 'stats' | 'instances', figures: Json): void {
    if (!this.wants(topic)) return;
    this.figures.set(topic, figures);
    this.onNews();
  }

  /** Changes were missed: whoever shows what it was told has to read it anew. */
  hearGap(position: string): void {
    this.position = position;
    this.isGap = true;
    this.onNews();
  }

  /** The messages of all that was heard, one of each topic; the last carries the position behind them. */
  take(): ServerSentEvent[] {
    const events: ServerSentEvent[] = this.isGap ? [{ event: 'gap', data: {} }] : [];
    for (const topic of LISTED) {
      const items = [...this.items[topic].values()];
      if (items.length > 0) events.push({ event: topic, data: { items, more: this.more[topic] } });
      this.items[topic].clear();
    }
    for (const [topic, data] of this.figures) events.push({ event: topic, data });
    this.more = { runs: 0, tasks: 0, settings: 0 };
    this.figures.clear();
    this.isGap = false;
    return events.map((event, index) => (index < events.length - 1 ? event : { id: this.position, ...event }));
  }
}

function isBehind(position: string, other: string): boolean {
  const [a, b] = [positionIn(position), positionIn(other)];
  return a.sequence > b.sequence || (a.sequence === b.sequence && a.part > b.part);
}
