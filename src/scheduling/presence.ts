import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';

/** For how long an organization that had something due counts as one that may want places again (ms). */
const PRESENT_MS = 600_000;

interface Seen {
  organization: string;
  /** Monotonic ms. */
  at: number;
}

/** An organization that lately had something due, as an instance tells the others. */
export interface Sighting {
  organization: string;
  agoMs: number;
}

/**
 * Knows whether an organization is alone: the two that last had something due, here or on another instance, are enough
 * to say so of any.
 */
@Injectable()
export class Presence {
  private latest: Seen[] = [];

  constructor(private readonly clock: Clock) {}

  /** Something of the organization is due here. */
  note(organization: string): void {
    const [first] = this.latest;
    if (first?.organization === organization) first.at = this.clock.monotonic();
    else this.see({ organization, at: this.clock.monotonic() });
  }

  /** Another instance told of these. */
  hear(sightings: readonly Sighting[]): void {
    const now = this.clock.monotonic();
    for (const { organization, agoMs } of sightings) this.see({ organization, at: now - agoMs });
  }

  /** What to tell the others. */
  sightings(): Sighting[] {
    const now = this.clock.monotonic();
    return this.latest.map(({ organization, at }) => ({ organization, agoMs: now - at }));
  }

  /** Whether another organization than this one had something due lately. */
  isShared(organization: string): boolean {
    const since = this.clock.monotonic() - PRESENT_MS;
    return this.latest.some((seen) => seen.organization !== organization && seen.at >= since);
  }

  private see(seen: Seen): void {
    const known = this.latest.find(({ organization }) => organization === seen.organization);
    const others = this.latest.filter((other) => other !== known);
    const newest = known && known.at > seen.at ? known : seen;
    this.latest = [...others, newest].sort((a, b) => b.at - a.at).slice(0, 2);
  }
}
