import { Injectable } from '@nestjs/common';
import { SharedWork } from '../batching/shared-work.js';
import { Clock } from '../clock/clock.js';
import { NotFoundError } from '../domain/errors.js';
import type { Listing } from '../domain/listing.js';
import { AuditAnchor, type AnchorReading } from './anchor/audit-anchor.js';
import type { Actor } from './actor.js';
import {
  BROKEN,
  entryOf,
  type AuditEntry,
  type AuditRecord,
  type ChainPosition,
  type InvalidEntry,
} from './audit-entry.js';
import { AuditReads, type AuditFilter } from './audit.store.js';
import { CheckpointSigner } from './checkpoint-signer.js';
import { EntrySeals } from './entry-seals.js';
import { TrailGuard } from './trail-guard.js';
import { positionOf, type TrailMarks } from './trail-marks.js';
import { TrailProof } from './trail-proof.js';

/** How many entries an export holds at a time: each may be as large as two tasks. */
const PAGE = 8;
/** A task is stored before its creation is recorded. */
const RECENT_MS = 60_000;

/** Of types of actors: how many entries are read at once, and looked at by one read of a list. */
const SIFTED = 100;
const MOST_SIFTED = 1000;

/** Selects entries; with `actorType`, those of such actors. */
export interface AuditSelection extends AuditFilter {
  actorType?: readonly Actor['type'][] | undefined;
}

const isOf = ({ actor }: AuditEntry, types: AuditSelection['actorType']): boolean =>
  types?.includes(actor.type) ?? true;

/** Whether a trail is unchanged, and up to where it was checked. */
export interface Verification {
  valid: boolean;
  /** The number of entries that are good. */
  checked: number;
  firstInvalid?: InvalidEntry;
  /**
   * The last entry according to the head checkpoint, and when that was signed (epoch ms; null if by earlier versions).
   */
  head?: ChainPosition & { at: number | null };
  /** What was asked outside of the store; nothing where there is nothing to ask. */
  anchors?: AnchorReading[];
}

/** Reads and verifies the audit trail, within one organization at a time. */
@Injectable()
export class AuditService {
  private readonly proof: TrailProof;
  private readonly walks = new SharedWork<Verification>();

  constructor(
    private readonly store: AuditReads,
    private readonly guard: TrailGuard,
    private readonly anchor: AuditAnchor,
    private readonly clock: Clock,
    signer: CheckpointSigner,
    seals: EntrySeals,
  ) {
    this.proof = new TrailProof(store, signer, seals);
  }

  /**
   * Entries, newest first, with outcomes by their number; `before` is the sequence at which the previous page ended. A
   * page may hold fewer and go on.
   */
  async list(
    organization: string,
    { actorType, ...filter }: AuditSelection,
    { before, limit }: { before?: number | undefined; limit: number },
  ): Promise<Listing<AuditEntry, number>> {
    const items: AuditEntry[] = [];
    let place: number | null | undefined = before;
    // No index tells types of actors: a bounded number of entries is looked at for them.
    const most = actorType ? SIFTED : limit;
    for (let looked = 0; place !== null && items.length < limit && looked < MOST_SIFTED; looked += SIFTED) {
      const page = { after: place, limit: most, order: 'newest first', isBrief: true } as const;
      const part: Listing<AuditRecord, number> = await this.store.search(organization, filter, page);
      const fitting = part.items.map(entryOf).filter((entry) => isOf(entry, actorType));
      const room = limit - items.length;
      items.push(...fitting.slice(0, room));
      if (fitting.length > room) return { items, next: items.at(-1)!.sequence };
      place = part.next;
      if (!actorType) break;
    }
    return { items, next: place ?? null };
  }

  /** The entry with this number. @throws NotFoundError */
  async entry(organization: string, sequence: number): Promise<AuditEntry> {
    const [record] = await this.store.chain(organization, {}, sequence - 1, 1);
    if (record?.sequence !== sequence) throw new NotFoundError('audit entry', String(sequence));
    return entryOf(record);
  }

  /** The last entry in which an instance told that the trail before it was changed; null where there is none. */
  async lastAlarm(organization: string): Promise<AuditEntry | null> {
    const [alarm] = await this.store.list(organization, { action: BROKEN }, { limit: 1 });
    return alarm && (await this.guard.isAuthentic(alarm)) ? entryOf(alarm) : null;
  }

  /** Every entry that matches the filter, oldest first. */
  async *export(organization: string, { actorType, ...filter }: AuditSelection): AsyncGenerator<AuditEntry> {
    for (let after: number | undefined; ;) {
      const page = { after, limit: PAGE, order: 'oldest first' } as const;
      const { items, next } = await this.store.search(organization, filter, page);
      yield* items.map(entryOf).filter((entry) => isOf(entry, actorType));
      if (next === null) return;
      after = next;
    }
  }

  /**
   * Checks the whole trail, up to the first entry that was altered, forged, removed or moved, against the heads that are kept
   * outside the store as well; `given` is a head of the trail that somebody has kept.
   */
  verify(organization: string, given?: ChainPosition): Promise<Verification> {
    const name = JSON.stringify([organization, given?.sequence, given?.hash]);
    return this.walks.of(name, () => this.walk(organization, given));
  }

  private async walk(organization: string, given?: ChainPosition): Promise<Verification> {
    // First, because the trail only grows.
    const { readings, witnesses } = await this.anchor.of(organization);
    const all = given ? [...readings, { source: 'request' as const, heads: 1, ignored: 0 }] : readings;
    const asked = all.length > 0 ? { anchors: all } : {};
    const others = given ? [...witnesses, { ...positionOf(given), name: 'the head in the request' }] : witnesses;
    const known = [...this.guard.witnessesOf(organization), ...others];
    const { checked, wrong, marks } = await this.proof.of(organization, known);
    const firstInvalid = wrong ?? (await this.vanished(organization, checked, marks));
    if (firstInvalid) return { valid: false, checked, firstInvalid, ...asked };
    const { head } = marks;
    return { valid: true, checked, ...(head && { head: { ...positionOf(head), at: head.at } }), ...asked };
  }

  /** An organization with tasks must have entries, or a base that replaces them. */
  private async vanished(organization: string, checked: number, { base }: TrailMarks): Promise<InvalidEntry | null> {
    if (checked > 0 || base) return null;
    const hasTasks = await this.store.hasTaskBefore(organization, this.clock.now() - RECENT_MS);
    return hasTasks ? { sequence: 1, reason: 'there is no entry, and yet the organization has tasks' } : null;
  }
}
