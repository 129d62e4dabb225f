import { Injectable } from '@nestjs/common';
import { entryOf } from '../../audit/audit-entry.js';
import { AuditReads } from '../../audit/audit.store.js';
import { textOf, type ChangePosition } from '../../scheduler/change-position.js';
import { changesIn, type Change } from '../../scheduler/changes-in.js';

/** How many entries a stream catches up with, and how many are held at a time. */
const MOST_ENTRIES = 200;
const PAGE = 8;

/** Where the trails end, and what stands before that. */
@Injectable()
export class TrailHeads {
  constructor(private readonly reads: AuditReads) {}

  /** The sequence of the last entry; 0 before the first. */
  async of(organization: string): Promise<number> {
    return (await this.reads.checkpoint(organization, 'head'))?.sequence ?? 0;
  }

  /**
   * Tells the changes behind the position, in order. Resolves to whether these are all: the position may be unknown, too
   * long ago, or its followers are not kept any more.
   */
  async tellSince(organization: string, after: ChangePosition, hear: (change: Change) => void): Promise<boolean> {
    const head = await this.of(organization);
    if (after.sequence > head || head - after.sequence > MOST_ENTRIES) return false;
    for (let place = after; place.sequence < head;) {
      const page = { after: place.sequence, limit: PAGE, order: 'oldest first' } as const;
      const { items } = await this.reads.search(organization, {}, page);
      if (items.length === 0) return false;
      for (const record of items) {
        if (record.sequence !== place.sequence + 1) return false;
        for (const change of changesIn(entryOf(record)).slice(place.part)) hear(change);
        place = { sequence: record.sequence, part: 0 };
      }
    }
    return true;
  }

  /** The position at the end of the trail. */
  async endOf(organization: string): Promise<string> {
    return textOf({ sequence: await this.of(organization), part: 0 });
  }
}
