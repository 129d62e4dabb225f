import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { GrantsService } from '../organizations/grants.service.js';

/** The age at which a weight is read again. */
const FRESH_MS = 1000;
const MOST_KNOWN = 10_000;

interface Known {
  weight: number;
  askedAt: number;
}

/** The organizations' weights, without making anybody wait for them: 1 until the first answer arrives. */
@Injectable()
export class Weights {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly grants: GrantsService,
    private readonly clock: Clock,
  ) {}

  of(organization: string): number {
    const known = this.known.get(organization);
    const now = this.clock.monotonic();
    if (!known || now - known.askedAt >= FRESH_MS) this.ask(organization, known?.weight ?? 1, now);
    return known?.weight ?? 1;
  }

  private ask(organization: string, weight: number, askedAt: number): void {
    if (this.known.size >= MOST_KNOWN) this.known.clear();
    this.known.set(organization, { weight, askedAt });
    this.grants.current(organization).then(
      ({ weight: current }) => this.known.set(organization, { weight: current, askedAt }),
      // The store is unavailable: the last known weight continues to count.
      () => undefined,
    );
  }
}
