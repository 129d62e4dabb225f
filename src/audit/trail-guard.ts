import { Injectable, Logger } from '@nestjs/common';
import { boundedCache } from '../domain/bounded-cache.js';
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
/** Nobody writes this many entries; an entry beyond was inserted from outside. */
const BEYOND_REASON = 2 ** 50;
/** An instance of an earlier version writes its entries before the head that vouches for them. */
const PATIENCE_MS = 250;
const LOOKS = 4;

/** Where a chain continues, and what must be recorded first. */
export interface TrailEnd {
  end: ChainPosition;
  /** An entry that reports that the chain before it was changed. */
  alarm: AuditDraft | null;
}

/**
 * Knows the ends of the trails that this instance wrote, and checks a trail before extending it. A trail that differs
 * from what it knew continues all the same, since changes must be recorded: after an entry that reports the fault,
 * which makes the trail invalid for good.
 */
@Injectable()
export class TrailGuard {
  /** The end that this instance wrote last. */
  private readonly known = boundedCache<ChainPosition>(MOST_KNOWN);
  /** Trails whose start is recorded. */
  private readonly born = boundedCache<true>(MOST_KNOWN);
  /** The last fault reported for each trail, so that it is reported once. */
  private readonly told = boundedCache<string>(MOST_KNOWN);
  private readonly logger = new Logger('AuditSink');
  /** How many times a trail differed from what this instance knew. */
  alarms = 0;

  constructor(
    private readonly store: AuditStore,
    private readonly signer: CheckpointSigner,
    private readonly seals: EntrySeals,
    private readonly clock: Clock,
  ) {}

  /** What this instance knows about the trail. */
  witnessesOf(organization: string): Witness[] {
    const known = this.known.get(organization);
    return known ? [{ ...known, name: 'this instance' }] : [];
  }

  /** Remembers the end that was just written, and records the start of a new trail. */
  async wrote(organization: string, end: ChainPosition): Promise<void> {
    this.known.set(organization, end);
    if (this.born.has(organization)) return;
    await this.store.putCheckpoint(this.signer.sign(organization, 'birth', end, { at: this.clock.now() }));
    this.born.set(organization, true);
  }

  /** The end of the chain as the store has it; with an alarm if the chain is faulty. */
  async look(organization: string): Promise<TrailEnd> {
    for (let looks = 1; ; looks++) {
      // Known before the store is asked: what another writer of this instance adds meanwhile is not in the answer.
      const own = this.witnessesOf(organization);
      const marks = new TrailMarks(await this.store.checkpoints(organization));
      if (marks.birth) this.born.set(organization, true);
      const good = marks.good(this.signer);
      const last = (await this.store.list(organization, {}, { before: BEYOND_REASON, limit: 1 }))[0] ?? null;
      const fault = marks.fault(this.signer)?.reason ?? (await this.faultOf(organization, last, good, own));
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

  private async faultOf(
    organization: string,
    last: AuditRecord | null,
    marks: TrailMarks,
    own: readonly Witness[],
  ): Promise<string | null> {
    const fault = last && (await this.faultOfLast(last, marks));
    if (fault) return fault;
    const end = last ?? marks.base ?? GENESIS;
    const alarmed = await this.lastAlarm(organization);
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
    // Other instances may already have its key; verification does not accept the entry without it.
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

  /** The sequence of the last entry in which an instance reported a fault; 0 when there is none. */
  private async lastAlarm(organization: string): Promise<number> {
    const alarm = await this.store.last(organization, BROKEN);
    return alarm && (await this.isAuthentic(alarm)) ? alarm.sequence : 0;
  }

  private async at(organization: string, sequence: number, last: AuditRecord | null): Promise<AuditRecord | undefined> {
    if (last?.sequence === sequence) return last;
    const [found] = await this.store.chain(organization, {}, sequence - 1, 1);
    return found?.sequence === sequence ? found : undefined;
  }

  /** Continues after everything that is or was there, linked to the last position known to be good. */
  private broken(organization: string, reason: string, last: AuditRecord | null, marks: TrailMarks): TrailEnd {
    const found = positionOf(last ?? marks.base ?? GENESIS);
    const trusted = this.known.get(organization) ?? marks.head ?? marks.birth ?? GENESIS;
    const end = { sequence: Math.max(found.sequence, trusted.sequence), hash: trusted.hash };
    // A permanent fault, such as a forged checkpoint, is reported once.
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
