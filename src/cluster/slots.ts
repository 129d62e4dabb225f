import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock/clock.js';
import { FREE_LANE } from '../domain/need.js';
import { Places } from './places.js';
import { refusalOf, reserveOf, type SlotRefusal } from './slot-rule.js';
import type { Presence } from './presence.js';

/** How long an organization that got no slot counts as held up (ms); while it waits, it asks more often than that. */
const HELD_UP_MS = 5000;
const MOST_HELD_UP = 100;
/** From how many bytes on a run counts by its size beside its place. */
const HEAVY = 4096;

/** An organization that wants slots and gets none, how many it holds, and the rule that refuses it. */
export interface HeldUp {
  organization: string;
  slots: number;
  rule: Exclude<SlotRefusal, 'none-free'>;
}

/**
 * The slots of this instance: how many runs it may be committed to at a time, and how many of them each organization
 * has. Everything that takes a slot asks here first.
 */
export class Slots {
  private used = 0;
  private kept = 0;
  private readonly byOrganization = new Map<string, number>();
  private readonly refused: LRUCache<string, HeldUp['rule']>;
  /** What runs under way take of the memory, by their ids, and by organization. */
  private readonly heavy = new Map<string, { organization: string; bytes: number }>();
  private readonly bytesBy = new Map<string, number>();
  private bytes = 0;

  constructor(
    private most: number,
    private readonly presence: Presence,
    private readonly weightOf: (organization: string) => number,
    clock: Pick<Clock, 'monotonic'>,
    private readonly mostBytes = Number.POSITIVE_INFINITY,
    readonly places = new Places(),
  ) {
    const perf = { now: () => clock.monotonic() };
    this.refused = new LRUCache({ max: MOST_HELD_UP, ttl: HELD_UP_MS, ttlResolution: 0, perf });
  }

  /** How many slots there are. */
  get limit(): number {
    return this.most;
  }

  /** Changes how many slots there are; of runs that have one, none loses it. */
  resize(limit: number): void {
    this.most = limit;
  }

  /** How many slots what is due may get. */
  get free(): number {
    return Math.max(0, this.unused - this.kept);
  }

  /** How many slots no run has, those included that are kept. */
  get unused(): number {
    return this.limit - this.used;
  }

  /** How many slots stay free for runs of the dead, as soon as there are so many. */
  get keptFree(): number {
    return this.kept;
  }

  /** Keeps up to so many slots free, a quarter of all at most, or lets go of them. */
  keepFree(count: number): void {
    this.kept = Math.min(count, Math.max(1, Math.floor(this.limit / 4)));
  }

  get taken(): number {
    return this.used;
  }

  /** How many slots are reserved for organizations that hold few or none. */
  get reserved(): number {
    return reserveOf(this.limit);
  }

  /** How many slots an organization holds. */
  heldBy(organization: string): number {
    return this.byOrganization.get(organization) ?? 0;
  }

  /** Why something that is due gets no slot, as far as it is known; null where its places are taken. */
  get refusal(): SlotRefusal | null {
    return this.free <= 0 ? 'none-free' : (this.heldUp()[0]?.rule ?? null);
  }

  /** The organizations that recently wanted a slot and were refused one although slots were free. */
  heldUp(): HeldUp[] {
    return [...this.refused.entries()].map(([organization, rule]) => ({
      organization,
      slots: this.heldBy(organization),
      rule,
    }));
  }

  /** Whether the organization may have one more slot, with the places of the lane. */
  admits(organization: string, lane = FREE_LANE): boolean {
    if (!this.places.admits(lane)) return false;
    const refusal = this.refusalOf(organization, this.free);
    if (refusal !== null && refusal !== 'none-free') this.refused.set(organization, refusal);
    return refusal === null;
  }

  /** Whether all that keeps the organization from one more slot is that too few are free. */
  wouldAdmit(organization: string, lane = FREE_LANE): boolean {
    return this.places.admits(lane) && this.refusalOf(organization, this.limit) === null;
  }

  /** Takes a slot for a run of the organization, whatever the rules say. Called where a run changes its phase (`HeldRuns`), and nowhere else. */
  take(organization: string, lane = FREE_LANE): void {
    this.used++;
    this.places.take(lane);
    this.presence.note(organization);
    this.byOrganization.set(organization, this.heldBy(organization) + 1);
  }

  /** Releases the slot of a run of the organization. Called there, too. */
  release(organization: string, lane = FREE_LANE): void {
    this.used--;
    this.places.release(lane);
    const left = this.heldBy(organization) - 1;
    if (left > 0) this.byOrganization.set(organization, left);
    else this.byOrganization.delete(organization);
  }

  /** Counts the memory that a run under way takes; of little nothing is kept in mind. */
  hold({ id, organization }: { id: string; organization: string }, bytes: number): void {
    this.letGo(id);
    if (bytes < HEAVY) return;
    this.heavy.set(id, { organization, bytes });
    this.add(organization, bytes);
  }

  /** The run of this id takes no memory any more. */
  letGo(runId: string): void {
    const known = this.heavy.get(runId);
    if (!known) return;
    this.heavy.delete(runId);
    this.add(known.organization, -known.bytes);
  }

  /** Why the organization may not hold one more slot where so many are free. */
  private refusalOf(organization: string, free: number): SlotRefusal | null {
    return refusalOf({
      limit: this.limit,
      free,
      held: this.heldBy(organization),
      isShared: this.presence.isShared(organization),
      weight: () => this.weightOf(organization),
      bytes: { limit: this.mostBytes, held: this.bytes, own: this.bytesBy.get(organization) ?? 0 },
    });
  }

  private add(organization: string, bytes: number): void {
    const own = (this.bytesBy.get(organization) ?? 0) + bytes;
    this.bytes += bytes;
    if (own > 0) this.bytesBy.set(organization, own);
    else this.bytesBy.delete(organization);
  }
}
