import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock/clock.js';
import { refusalOf, reserveOf, type PlaceRefusal } from './place-rule.js';
import type { Presence } from './presence.js';

/** How long an organization that got no place counts as held up (ms): while it waits it asks more often. */
const HELD_UP_MS = 5000;
const MOST_HELD_UP = 100;

/** An organization that wants places and gets none, how many it holds, and by which rule. */
export interface HeldUp {
  organization: string;
  places: number;
  rule: Exclude<PlaceRefusal, 'none-free'>;
}

/**
 * The places of this instance: how many runs it may be committed to at a time, and how many of those are each
 * organization's. Whatever takes a place asks here first.
 */
export class Slots {
  private used = 0;
  private readonly byOrganization = new Map<string, number>();
  private readonly refused: LRUCache<string, HeldUp['rule']>;

  constructor(
    readonly limit: number,
    private readonly presence: Presence,
    private readonly weightOf: (organization: string) => number,
    clock: Pick<Clock, 'monotonic'>,
  ) {
    const perf = { now: () => clock.monotonic() };
    this.refused = new LRUCache({ max: MOST_HELD_UP, ttl: HELD_UP_MS, ttlResolution: 0, perf });
  }

  get free(): number {
    return this.limit - this.used;
  }

  get taken(): number {
    return this.used;
  }

  /** How many places are kept for organizations that hold few or none. */
  get reserved(): number {
    return reserveOf(this.limit);
  }

  /** How many places an organization holds. */
  heldBy(organization: string): number {
    return this.byOrganization.get(organization) ?? 0;
  }

  /** The organizations that wanted a place lately and were refused one while others were not. */
  heldUp(): HeldUp[] {
    return [...this.refused.entries()].map(([organization, rule]) => ({
      organization,
      places: this.heldBy(organization),
      rule,
    }));
  }

  /** Whether the organization may have one more place. */
  admits(organization: string): boolean {
    const refusal = refusalOf({
      limit: this.limit,
      free: this.free,
      held: this.heldBy(organization),
      isShared: this.presence.isShared(organization),
      weight: () => this.weightOf(organization),
    });
    if (refusal !== null && refusal !== 'none-free') this.refused.set(organization, refusal);
    return refusal === null;
  }

  /** Takes a place for a run of the organization, whatever the rules say: who asks them is the caller. */
  take(organization: string): void {
    this.used++;
    this.presence.note(organization);
    this.byOrganization.set(organization, this.heldBy(organization) + 1);
  }

  /** Frees a place that a run of the organization held. */
  release(organization: string): void {
    this.used--;
    const left = this.heldBy(organization) - 1;
    if (left > 0) this.byOrganization.set(organization, left);
    else this.byOrganization.delete(organization);
  }
}
