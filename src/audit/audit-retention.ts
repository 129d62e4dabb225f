import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { ENGINE } from './actor.js';
import { AuditRecorder } from './audit-recorder.js';
import type { AuditRecord, InvalidEntry } from './audit-entry.js';
import { AuditStore } from './audit.store.js';
import { ChainCheck } from './chain-check.js';
import { CheckpointSigner } from './checkpoint-signer.js';
import { EntrySeals } from './entry-seals.js';
import { TrailMarks } from './trail-marks.js';

/** Removes the oldest entries of trails; a signed checkpoint takes their place, so that what is left can be proven. */
@Injectable()
export class AuditRetention {
  constructor(
    private readonly store: AuditStore,
    private readonly signer: CheckpointSigner,
    private readonly seals: EntrySeals,
    private readonly recorder: AuditRecorder,
    private readonly clock: Clock,
  ) {}

  /** Removes up to `limit` entries from before the instant (epoch ms) of one organization; resolves to their number. */
  async purge(before: number, limit: number): Promise<number> {
    for (const organization of await this.store.organizationsBefore(before, limit)) {
      const removed = await this.purgeOf(organization, before, limit);
      if (removed > 0) return removed;
    }
    return 0;
  }

  private async purgeOf(organization: string, before: number, limit: number): Promise<number> {
    const marks = new TrailMarks(await this.store.checkpoints(organization));
    const oldest = await this.store.chain(organization, {}, marks.base?.sequence ?? 0, limit);
    const kept = oldest.findIndex(({ at }) => at >= before);
    const old = kept === -1 ? oldest : oldest.slice(0, kept);
    const last = old.at(-1);
    if (!last) return 0;
    await this.recorder.record({ ...PURGED, organization, after: stretchOf(old) });
    const broken = this.faultIn(organization, marks, old);
    await this.store.removeUpTo(this.signer.sign(organization, 'base', last, { at: this.clock.now(), broken }));
    return old.length;
  }

  /** What was wrong with the entries that go, or with those that went before: it must not be forgotten with them. */
  private faultIn(organization: string, marks: TrailMarks, old: readonly AuditRecord[]): InvalidEntry | null {
    const { base } = marks;
    const unproven = base && this.signer.fault(base);
    if (unproven) return { sequence: base.sequence, reason: unproven };
    if (base?.broken) return base.broken;
    const check = new ChainCheck(organization, marks.good(this.signer), this.seals);
    for (const record of old) {
      const wrong = check.next(record);
      if (wrong) return wrong;
    }
    return null;
  }
}

const PURGED = { action: 'audit.purged', object: { type: 'audit', id: 'audit' }, actor: ENGINE } as const;

const stretchOf = (records: readonly AuditRecord[]) => ({
  from: records[0]!.sequence,
  to: records.at(-1)!.sequence,
  hash: records.at(-1)!.hash,
});
