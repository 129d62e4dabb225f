import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { entryOf, type AuditEntry, type ChainPosition, type InvalidEntry } from './audit-entry.js';
import { AuditReads, type AuditFilter } from './audit.store.js';
import { CheckpointSigner } from './checkpoint-signer.js';
import { EntrySeals } from './entry-seals.js';
import { TrailGuard } from './trail-guard.js';
import { positionOf, type TrailMarks } from './trail-marks.js';
import { TrailProof } from './trail-proof.js';

/** How many entries are read at once: the largest hold two versions of the largest task. */
const PAGE = 32;
/** A task is stored before its creation is recorded. */
const RECENT_MS = 60_000;

/** Whether a trail is as it was written, and up to where that was looked at. */
export interface Verification {
  valid: boolean;
  /** How many entries were found to be good. */
  checked: number;
  firstInvalid?: InvalidEntry;
  /** The last entry that the head checkpoint names, and when that was signed (epoch ms; null by earlier versions). */
  head?: ChainPosition & { at: number | null };
}

/** Shows and proves the audit trail, within one organization at a time. */
@Injectable()
export class AuditService {
  private readonly proof: TrailProof;

  constructor(
    private readonly store: AuditReads,
    private readonly guard: TrailGuard,
    private readonly clock: Clock,
    signer: CheckpointSigner,
    seals: EntrySeals,
  ) {
    this.proof = new TrailProof(store, signer, seals);
  }

  /** Entries, newest first; `before` is the sequence at which the page before ended. */
  async list(
    organization: string,
    filter: AuditFilter,
    page: { before?: number | undefined; limit: number },
  ): Promise<AuditEntry[]> {
    return (await this.store.list(organization, filter, page)).map(entryOf);
  }

  /** Every entry that the filter lets through, oldest first. */
  async *export(organization: string, filter: AuditFilter): AsyncGenerator<AuditEntry> {
    for (let after = 0; ;) {
      const page = await this.store.chain(organization, filter, after, PAGE);
      yield* page.map(entryOf);
      if (page.length < PAGE) return;
      after = page.at(-1)!.sequence;
    }
  }

  /** Walks the whole trail to the first entry that was altered, forged, removed or put elsewhere. */
  async verify(organization: string): Promise<Verification> {
    const { checked, wrong, marks } = await this.proof.of(organization, this.guard.witnessesOf(organization));
    const firstInvalid = wrong ?? (await this.vanished(organization, checked, marks));
    if (firstInvalid) return { valid: false, checked, firstInvalid };
    const { head } = marks;
    return { valid: true, checked, ...(head && { head: { ...positionOf(head), at: head.at } }) };
  }

  /** An organization that has tasks has entries, or a base where entries were. */
  private async vanished(organization: string, checked: number, { base }: TrailMarks): Promise<InvalidEntry | null> {
    if (checked > 0 || base) return null;
    const hasTasks = await this.store.hasTaskBefore(organization, this.clock.now() - RECENT_MS);
    return hasTasks ? { sequence: 1, reason: 'there is no entry, and yet the organization has tasks' } : null;
  }
}
