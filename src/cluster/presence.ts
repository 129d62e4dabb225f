import { Injectable } from '@nestjs/common';
import { Pace } from '../batching/pace.js';
import { Clock } from '../clock/clock.js';

/** How long an organization that had something due counts as one that may want slots again (ms). */
const PRESENT_MS = 600_000;

interface Seen {
  organization: string;
  /** Monotonic ms. */
  at: number;
}

/** An organization that recently had something due, as instances tell each other. */
export interface Sighting {
  organization: string;
  agoMs: number;
}

/**
 * Knows whether an organization is alone. The two organizations that last had something due, here or on another
 * instance, are enough to answer that for any organization.
 */
@Injectable()
export class Presence {
  private latest: Seen[] = [];

  constructor(private readonly clock: Clock) {}

  /** Notes that something of the organization is due here. */
  note(organization: string): void {
    const [first] = this.latest;
    if (first?.organization === organization) first.at = this.clock.monotonic();
    else this.see({ organization, at: this.clock.monotonic() });
  }

  /** Takes in the sightings of another instance. */
  hear(sightings: readonly Sighting[]): void {
    const now = this.clock.monotonic();
    for (const { organization, agoMs } of sightings) this.see({ organization, at: now - agoMs });
  }

  /** The sightings for the other instances. */
  sightings(): Sighting[] {
    const now = this.clock.monotonic();
    return this.latest.map(({ organization, at }) => ({ organization, agoMs: now - at }));
  }

  /** A pace of batches that takes heed of other organizations. */
  pace(): Pace {
    return new Pace(this.clock, () => this.hasSeveral);
  }

  /** Whether another organization recently had something due. */
  isShared(organization: string): boolean {
    const since = this.clock.monotonic() - PRESENT_MS;
    return this.latest.some((seen) => seen.organization !== organization && seen.at >= since);
  }

  /** Whether more than one organization recently had something due. */
  get hasSeveral(): boolean {
    const since = this.clock.monotonic() - PRESENT_MS;
    return this.latest.length > 1 && this.latest.every(({ at }) => at >= since);
  }

  private see(seen: Seen): void {
    const known = this.latest.find(({ organization }) => organization === seen.organization);
    const others = this.latest.filter((other) => other !== known);
    const newest = known && known.at > seen.at ? known : seen;
    this.latest = [...others, newest].sort((a, b) => b.at - a.at).slice(0, 2);
  }
}
