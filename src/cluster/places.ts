import { FREE_LANE, handlerOf, handlerSkill, queueOf, skillOf, type Needing } from '../domain/need.js';
import type { Exclusion } from '../domain/part.js';
import type { Run } from '../domain/run.js';

/** A limited place of an instance, of a queue or a handler: how many runs may have one at a time. */
export interface LimitedPlace {
  kind: 'queue' | 'handler';
  name: string;
  limit: number;
}

/** The limits of an instance; undefined where it has none. */
export interface PlaceLimits {
  /** Whether there is any limit at all. */
  any(): boolean;
  queue(name: string): number | undefined;
  handler(name: string): number | undefined;
}

const NO_LIMITS: PlaceLimits = { any: () => false, queue: () => undefined, handler: () => undefined };

const SEPARATOR = '\n';
const QUEUE = 'queue:';
/** How long a place that was refused counts as full (ms); what waits for it asks more often than that. */
const REFUSED_MS = 5000;
const MOST_REFUSED = 100;

/**
 * The places for runs of queues and handlers whose number this instance limits. What needs the same limited places is in
 * one lane, so that it waits for them apart from everything else. A run takes its places with its slot.
 */
export class Places {
  private readonly taken = new Map<string, number>();
  private readonly refusedAt = new Map<string, number>();

  constructor(
    private readonly limits: PlaceLimits = NO_LIMITS,
    private readonly monotonic: () => number = () => 0,
  ) {}

  laneOfTask({ definition, unreadable }: Needing): string {
    if (!this.limits.any()) return FREE_LANE;
    return unreadable === undefined ? this.laneOf(queueOf(definition), skillOf(definition.action)) : FREE_LANE;
  }

  laneOfRun(run: Pick<Run, 'queue' | 'skill'>): string {
    return this.laneOf(queueOf(run), run.skill ?? null);
  }

  /** How many more runs of the lane may have places. */
  roomIn(lane: string): number {
    if (lane === FREE_LANE) return Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(...placesOf(lane).map((place) => this.limitOf(place) - (this.taken.get(place) ?? 0))));
  }

  /** Whether another run of the lane may have its places; a refusal is told to the other instances. */
  admits(lane: string): boolean {
    if (this.roomIn(lane) > 0) return true;
    for (const place of placesOf(lane)) if (this.isFull(place)) this.note(place);
    return false;
  }

  /** Takes the places of the lane. Called where `HeldRuns` takes a slot, and for an action that goes on after its attempt. */
  take(lane: string): void {
    for (const place of placesOf(lane)) this.taken.set(place, (this.taken.get(place) ?? 0) + 1);
  }

  /** Releases the places of the lane. Called there, too. */
  release(lane: string): void {
    for (const place of placesOf(lane)) {
      const left = (this.taken.get(place) ?? 0) - 1;
      if (left > 0) this.taken.set(place, left);
      else this.taken.delete(place);
    }
  }

  /** What needs a place of which none is free. */
  full(): Exclusion[] {
    return [...this.taken.keys()].filter((place) => this.isFull(place)).map((place) => neededBy([place]));
  }

  /** The places that something was refused lately because all of them were taken. */
  refused(): LimitedPlace[] {
    const since = this.monotonic() - REFUSED_MS;
    for (const [place, at] of this.refusedAt) if (at < since) this.refusedAt.delete(place);
    return [...this.refusedAt.keys()].map((place) => ({ ...nameOf(place), limit: this.limitOf(place) }));
  }

  private laneOf(queue: string, skill: string | null): string {
    if (!this.limits.any()) return FREE_LANE;
    const handler = skill === null ? null : handlerOf(skill);
    const ofQueue = this.limits.queue(queue) === undefined ? FREE_LANE : QUEUE + queue;
    if (handler === null || this.limits.handler(handler) === undefined) return ofQueue;
    return ofQueue === FREE_LANE ? skill! : ofQueue + SEPARATOR + skill!;
  }

  private limitOf(place: string): number {
    const { kind, name } = nameOf(place);
    return this.limits[kind](name) ?? Number.POSITIVE_INFINITY;
  }

  private isFull(place: string): boolean {
    return (this.taken.get(place) ?? 0) >= this.limitOf(place);
  }

  private note(place: string): void {
    if (this.refusedAt.size < MOST_REFUSED || this.refusedAt.has(place)) this.refusedAt.set(place, this.monotonic());
  }
}

/** What is in the lane, as a search leaves it out. */
export const needOfLane = (lane: string): Exclusion => neededBy(placesOf(lane));

/** Names of queues have no separator, those of handlers may. */
function placesOf(lane: string): string[] {
  if (lane === FREE_LANE) return [];
  const end = lane.startsWith(QUEUE) ? lane.indexOf(SEPARATOR) : -1;
  return end < 0 ? [lane] : [lane.slice(0, end), lane.slice(end + 1)];
}

function nameOf(place: string): Pick<LimitedPlace, 'kind' | 'name'> {
  const handler = handlerOf(place);
  return handler === null ? { kind: 'queue', name: place.slice(QUEUE.length) } : { kind: 'handler', name: handler };
}

function neededBy(places: readonly string[]): Exclusion {
  const names = places.map(nameOf);
  const queue = names.find(({ kind }) => kind === 'queue')?.name;
  const handler = names.find(({ kind }) => kind === 'handler')?.name;
  return { ...(queue !== undefined && { queue }), ...(handler !== undefined && { skill: handlerSkill(handler) }) };
}
