import { Injectable } from '@nestjs/common';
import type { LRUCache } from 'lru-cache';
import { boundedCache } from '../domain/bounded-cache.js';
import { Clock } from '../clock/clock.js';
import { linked, type AuditDraft } from './audit-entry.js';
import { AuditStore } from './audit.store.js';
import { CheckpointSigner } from './checkpoint-signer.js';
import { EntrySeals } from './entry-seals.js';
import { positionOf } from './trail-marks.js';
import { TrailGuard, type TrailEnd } from './trail-guard.js';

const MOST_KNOWN = 10_000;
/** How long a known end is used without reading it again; much shorter than the retention of entries. */
const KNOWN_MS = 60_000;
/** Maximum number of entries per write. */
const LARGEST_WRITE = 1000;
/** After this many lost races a writer pauses, longer each time, so that one of several writers gets through. */
const PATIENT_AFTER = 3;
const PAUSE_MS = 5;
/** Nobody loses this many races: something else is wrong with the trail. */
const MOST_LOSSES = 5000;

/** A trail takes no entry at all, whatever the entry is. */
export class StuckTrailError extends Error {
  constructor(organization: string) {
    super(`The audit trail of the organization ${organization} takes no entry.`);
  }
}

/** Adds entries to chains that other instances extend at the same time: whoever loses a sequence takes the next one. */
@Injectable()
export class ChainWriter {
  private readonly ends: LRUCache<string, TrailEnd>;

  constructor(
    private readonly store: AuditStore,
    private readonly signer: CheckpointSigner,
    private readonly seals: EntrySeals,
    private readonly guard: TrailGuard,
    private readonly clock: Clock,
  ) {
    this.ends = boundedCache(MOST_KNOWN, {
      ttl: KNOWN_MS,
      ttlResolution: 0,
      perf: { now: () => clock.monotonic() + 1 },
    });
  }

  /** Adds the drafts of one organization in order; they are durable when this resolves. */
  async append(organization: string, drafts: readonly AuditDraft[]): Promise<void> {
    let left = drafts;
    for (let losses = 0; left.length > 0;) {
      const batch = left.slice(0, LARGEST_WRITE);
      const done = await this.tryAppend(organization, batch, await this.endOf(organization));
      left = left.slice(done);
      if (done < batch.length) await this.pause(organization, ++losses);
    }
  }

  /** Adds the drafts that `make` derives from the current chain, and makes them again when somebody else was faster. */
  async appendFresh(organization: string, make: () => Promise<AuditDraft[]>): Promise<void> {
    for (let losses = 0; ; await this.pause(organization, ++losses)) {
      const end = await this.endOf(organization);
      const drafts = await make();
      if (drafts.length === 0 || (await this.tryAppend(organization, drafts, end)) === drafts.length) return;
    }
  }

  private async endOf(organization: string): Promise<TrailEnd> {
    return this.ends.get(organization) ?? (await this.guard.look(organization));
  }

  /** Resolves to how many of the drafts, counted from the first, are in the chain. */
  private async tryAppend(organization: string, drafts: readonly AuditDraft[], from: TrailEnd): Promise<number> {
    // The end of the chain is unknown until the store answers.
    this.ends.delete(organization);
    const first = from.alarm ? [from.alarm] : [];
    const records = linked([...first, ...drafts], from.end, this.seals.of);
    const end = positionOf(records.at(-1)!);
    const head = this.signer.sign(organization, 'head', end, { at: this.clock.now() });
    const done = await this.store.append(records, head);
    if (done === records.length) {
      await this.guard.wrote(organization, end);
      this.ends.set(organization, { end, alarm: null });
    }
    return Math.max(0, done - first.length);
  }

  private async pause(organization: string, losses: number): Promise<void> {
    if (losses > MOST_LOSSES) throw new StuckTrailError(organization);
    if (losses > PATIENT_AFTER) await this.clock.sleep(Math.random() * PAUSE_MS * Math.min(losses, 20));
  }
}
