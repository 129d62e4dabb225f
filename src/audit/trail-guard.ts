import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock/clock.js';
import { newId } from '../domain/ids.js';
import { ENGINE } from './actor.js';
import { BROKEN, GENESIS, hashOf, type AuditDraft, type AuditRecord, type ChainPosition } from './audit-entry.js';
import { AuditStore } from './audit.store.js';
import type { Witness } from './chain-check.js';
import { CheckpointSigner } from './checkpoint-signer.js';
import { EntrySeals } from './entry-seals.js';
import { positionOf, TrailMarks } from './trail-marks.js';

const MOST_KNOWN = 10_000;
/** Nobody writes so many entries; what stands there was put there. */
const BEYOND_REASON = 2 ** 50;
/** An instance of an earlier version writes its entries before the head that answers for them. */
const PATIENCE_MS = 250;
const LOOKS = 4;

/** Where a chain goes on, and what has to be told in it first. */
export interface TrailEnd {
  end: ChainPosition;
  /** An entry that tells that the chain before it is not what it was. */
  alarm: AuditDraft | null;
}

/**
 * Knows the ends of the trails that this instance wrote and looks at what it is about to extend. A trail that is not what it
 * knew goes on all the same, for what is done must be recorded: behind an entry that says so, after which it is never
 * valid again.
 */
@Injectable()
export class TrailGuard {
  /** The end that this instance wrote last. */
  private readonly known = new LRUCache<string, ChainPosition>({ max: MOST_KNOWN });
  /** Trails whose beginning is on record. */
  private readonly born = new LRUCache<string, true>({ max: MOST_KNOWN });
  /** What was told of a trail last, so that it is told once. */
  private readonly told = new LRUCache<string, string>({ max: MOST_KNOWN });
  private readonly logger = new Logger('AuditTrail');
  /** How many times a trail was not what this instance knew of it. */
  alarms = 0;

  constructor(
    private readonly store: AuditStore,
    private readonly signer: CheckpointSigner,
    private readonly seals: EntrySeals,
    private readonly clock: Clock,
  ) {}

  /** What this instance knows of the trail. */
  witnessesOf(organization: string): Witness[] {
    const known = this.known.get(organization);
    return known ? [{ ...known, name: 'this instance' }] : [];
  }

  /** Remembers the end that was just written, and puts the beginning of a trail on record. */
  async wrote(organization: string, end: ChainPosition): Promise<void> {
    this.known.set(organization, end);
    if (this.born.has(organization)) return;
    await this.store.putCheckpoint(this.signer.sign(organization, 'birth', end, { at: this.clock.now() }));
    this.born.set(organization, true);
  }

  /** The end of the chain as the store has it, where it is what it should be. */
  async look(organization: string): Promise<TrailEnd> {
    for (let looks = 1; ; looks++) {
      const marks = new TrailMarks(await this.store.checkpoints(organization));
      if (marks.birth) this.born.set(organization, true);
      const good = marks.good(this.signer);
      const last = (await this.store.list(organization, {}, { before: BEYOND_REASON, limit: 1 }))[0] ?? null;
      const fault = marks.fault(this.signer)?.reason ?? (await this.faultOf(organization, last, good));
      if (fault === null) return { end: last ?? good.base ?? GENESIS, alarm: null };
      if (fault === UNSEALED && looks < LOOKS) await this.clock.sleep(PATIENCE_MS);
      else return this.broken(organization, fault, last, good);
    }
  }

  /** Whether an instance wrote the entry. */
  async isAuthentic(record: AuditRecord): Promise<boolean> {
    const fault = hashOf(record.body) === record.hash ? this.seals.fault(record) : 'wrong';
    if (fault !== 'missing') return fault === null;
    const marks = new TrailMarks(await this.store.checkpoints(record.organization)).good(this.signer);
    return record.sequence <= marks.vouchedTo;
  }

  private async faultOf(organization: string, last: AuditRecord | null, marks: TrailMarks): Promise<string | null> {
    const fault = last && (await this.faultOfLast(last, marks));
    if (fault) return fault;
    const end = last ?? marks.base ?? GENESIS;
    const alarmed = await this.lastAlarm(organization);
    const own = this.witnessesOf(organization);
    const witnesses = own.length > 0 ? own : marks.witnesses;
    for (const witness of witnesses) {
      if (witness.sequence <= Math.max(alarmed, marks.base?.sequence ?? 0)) continue;
      if (witness.sequence > end.sequence) return `entry ${witness.sequence}, which ${witness.name} names, is gone`;
      const found = await this.at(organization, witness.sequence, last);
      if (found?.hash !== witness.hash) return `entry ${witness.sequence} is not the one that ${witness.name} names`;
    }
    return null;
  }

  private async faultOfLast(last: AuditRecord, marks: TrailMarks): Promise<string | null> {
    if (hashOf(last.body) !== last.hash) return `entry ${last.sequence} was altered`;
    const fault = this.seals.fault(last);
    // Its key may be one that other instances have already; no proof takes it for good without.
    if (fault === null || fault === 'unknown-key') return null;
    if (fault === 'wrong') return `entry ${last.sequence} was not written by the runner`;
    if (last.sequence > marks.vouchedTo) return UNSEALED;
    const { head } = marks;
    if (head?.at === null && head.sequence === last.sequence && head.hash === last.hash)
      await this.store.putCheckpoint(
        this.signer.sign(last.organization, 'vouched', positionOf(last), { at: this.clock.now() }),
      );
    return null;
  }

  /** The sequence of the last entry by which an instance told of a fault; 0 when none has. */
  private async lastAlarm(organization: string): Promise<number> {
    const alarm = await this.store.last(organization, BROKEN);
    return alarm && (await this.isAuthentic(alarm)) ? alarm.sequence : 0;
  }

  private async at(organization: string, sequence: number, last: AuditRecord | null): Promise<AuditRecord | undefined> {
    if (last?.sequence === sequence) return last;
    const [found] = await this.store.chain(organization, {}, sequence - 1, 1);
    return found?.sequence === sequence ? found : undefined;
  }

  /** Goes on behind everything that is there or was, linked to what is known to have been good. */
  private broken(organization: string, reason: string, last: AuditRecord | null, marks: TrailMarks): TrailEnd {
    const found = positionOf(last ?? marks.base ?? GENESIS);
    const trusted = this.known.get(organization) ?? marks.head ?? marks.birth ?? GENESIS;
    const end = { sequence: Math.max(found.sequence, trusted.sequence), hash: trusted.hash };
    // A fault that stays, such as a forged checkpoint, is told once.
    if (this.told.get(organization) === reason) return { end: found, alarm: null };
    this.told.set(organization, reason);
    this.alarms++;
    this.logger.error(`The audit trail of the organization ${organization} is not what was written: ${reason}.`);
    const after = { reason, known: { ...positionOf(trusted) }, found: { ...found } };
    return { end, alarm: this.alarm(organization, after) };
  }

  private alarm(organization: string, after: AuditDraft['after']): AuditDraft {
    const at = this.clock.now();
    return {
      ...{ id: newId(at), organization, at, actor: ENGINE, action: BROKEN, before: null, after },
      ...{ object: { type: 'audit', id: 'audit' }, objects: ['audit'] },
    };
  }
}

const UNSEALED = 'its last entry has no seal';
