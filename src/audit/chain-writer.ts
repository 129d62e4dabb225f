import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock/clock.js';
import { linked, type AuditDraft } from './audit-entry.js';
import { AuditStore } from './audit.store.js';
import { CheckpointSigner } from './checkpoint-signer.js';
import { EntrySeals } from './entry-seals.js';
import { positionOf } from './trail-marks.js';
import { TrailGuard, type TrailEnd } from './trail-guard.js';

const MOST_KNOWN = 10_000;
/** How long an end is taken for the end without a look; much shorter than entries are kept. */
const KNOWN_MS = 60_000;
/** Entries of one write, at the most. */
const LARGEST_WRITE = 1000;
/** After this many lost races a writer pauses, longer each time, so that one of several gets through. */
const PATIENT_AFTER = 3;
const PAUSE_MS = 5;
/** So many races nobody loses: something else is wrong with the trail. */
const MOST_LOSSES = 5000;

/** Adds entries to chains to which other instances add at the same time: whoever loses a sequence takes the next. */
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
    this.ends = new LRUCache({
      max: MOST_KNOWN,
      ttl: KNOWN_MS,
      ttlResolution: 0,
      perf: { now: () => clock.monotonic() + 1 },
    });
  }

  /** Adds the drafts of one organization in their order; durable when it resolves. */
  async append(organization: string, drafts: readonly AuditDraft[]): Promise<void> {
    let left = drafts;
    for (let losses = 0; left.length > 0;) {
      const batch = left.slice(0, LARGEST_WRITE);
      const done = await this.tryAppend(organization, batch, await this.endOf(organization));
      left = left.slice(done);
      if (done < batch.length) await this.pause(organization, ++losses);
    }
  }

  /** Adds what `make` makes of the chain as it is, and makes it anew when somebody else was faster. */
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

  /** Resolves to how many of the drafts, from the first on, are in the chain. */
  private async tryAppend(organization: string, drafts: readonly AuditDraft[], from: TrailEnd): Promise<number> {
    // Until the answer is known the end of the chain is not.
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
    if (losses > MOST_LOSSES) throw new Error(`The audit trail of the organization ${organization} takes no entry.`);
    if (losses > PATIENT_AFTER) await this.clock.sleep(Math.random() * PAUSE_MS * Math.min(losses, 20));
  }
}
