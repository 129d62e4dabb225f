import { Injectable, Logger } from '@nestjs/common';
import { eachAlone } from '../batching/each-alone.js';
import { Clock } from '../clock/clock.js';
import { messageOf } from '../domain/thrown.js';
import { ENGINE } from './actor.js';
import { AuditRecorder } from './audit-recorder.js';
import type { AuditRecord, InvalidEntry } from './audit-entry.js';
import { AuditStore } from './audit.store.js';
import { ChainCheck } from './chain-check.js';
import { CheckpointSigner } from './checkpoint-signer.js';
import { EntrySeals } from './entry-seals.js';
import { TrailMarks } from './trail-marks.js';

/**
 * Removes the oldest entries of trails and replaces them by a signed checkpoint, so that the rest can still be
 * verified.
 */
@Injectable()
export class AuditRetention {
  /** Organizations from whose trails nothing can be removed, though something in them is old: others have their turn. */
  private readonly passedOver = new Set<string>();
  private readonly logger = new Logger(AuditRetention.name);

  constructor(
    private readonly store: AuditStore,
    private readonly signer: CheckpointSigner,
    private readonly seals: EntrySeals,
    private readonly recorder: AuditRecorder,
    private readonly clock: Clock,
  ) {}

  /**
   * Removes up to `limit` entries older than `before` (epoch ms), of one organization after the other; resolves to their
   * number.
   */
  async purge(before: number, limit: number): Promise<number> {
    let removed = 0;
    const organizations = await this.store.organizationsBefore(before, limit, [...this.passedOver]);
    if (organizations.length === 0) this.passedOver.clear();
    await eachAlone(
      organizations,
      async (organization) => {
        if (removed >= limit) return;
        const ofThis = await this.purgeOf(organization, before, limit - removed);
        removed += ofThis;
        if (ofThis === 0) this.passedOver.add(organization);
      },
      (organization, error) => {
        this.passedOver.add(organization);
        this.logger.warn(`Old audit entries of ${organization} could not be removed: ${messageOf(error)}`);
      },
    );
    return removed;
  }

  private async purgeOf(organization: string, before: number, limit: number): Promise<number> {
    const marks = new TrailMarks(await this.store.checkpoints(organization));
    const old = await this.oldest(organization, marks.base?.sequence ?? 0, before, limit);
    const last = old.at(-1);
    if (!last) return 0;
    await this.recorder.record({ ...PURGED, organization, after: stretchOf(old) });
    const broken = this.faultIn(organization, marks, old);
    await this.store.removeUpTo(this.signer.sign(organization, 'base', last, { at: this.clock.now(), broken }));
    return old.length;
  }

  /**
   * The entries after `base` that are older than `before`. One with a date that cannot be, such as one to come, is as old
   * as the next one: it must not keep all that are behind it.
   */
  private async oldest(organization: string, base: number, before: number, limit: number): Promise<AuditRecord[]> {
    const page = await this.store.chain(organization, {}, base, limit);
    const latest = this.clock.now() + MOST_AHEAD_MS;
    const young = page.findIndex(({ at }) => at >= before && at <= latest);
    if (young !== -1) return page.slice(0, 1 + lastBefore(page.slice(0, young), before));
    const last = page.at(-1);
    if (!last || isBefore(last, before)) return page;
    const [next] = await this.store.chain(organization, { to: latest }, last.sequence, 1);
    return next && isBefore(next, before) ? page : page.slice(0, 1 + lastBefore(page, before));
  }

  /** The fault in the entries to remove, or in those removed earlier: it must not disappear with them. */
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

/** How far ahead another instance's clock may be (ms). */
const MOST_AHEAD_MS = 86_400_000;

const isBefore = ({ at }: AuditRecord, before: number): boolean => at < before;

const lastBefore = (records: readonly AuditRecord[], before: number): number =>
  records.findLastIndex((record) => isBefore(record, before));

const PURGED = { action: 'audit.purged', object: { type: 'audit', id: 'audit' }, actor: ENGINE } as const;

const stretchOf = (records: readonly AuditRecord[]) => ({
  from: records[0]!.sequence,
  to: records.at(-1)!.sequence,
  hash: records.at(-1)!.hash,
});
