import { Injectable } from '@nestjs/common';
import { ENGINE } from './actor.js';
import { AuditRecorder } from './audit-recorder.js';
import type { AuditRecord } from './audit-entry.js';
import { AuditStore } from './audit.store.js';
import { CheckpointSigner } from './checkpoint-signer.js';

/** Removes the oldest entries of trails; a signed checkpoint takes their place, so that what is left can be proven. */
@Injectable()
export class AuditRetention {
  constructor(
    private readonly store: AuditStore,
    private readonly signer: CheckpointSigner,
    private readonly recorder: AuditRecorder,
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
    const base = await this.store.checkpoint(organization, 'base');
    const oldest = await this.store.chain(organization, {}, base?.sequence ?? 0, limit);
    const kept = oldest.findIndex(({ at }) => at >= before);
    const old = kept === -1 ? oldest : oldest.slice(0, kept);
    const last = old.at(-1);
    if (!last) return 0;
    await this.recorder.record({ ...PURGED, organization, after: stretchOf(old) });
    await this.store.removeUpTo(this.signer.sign(organization, 'base', last));
    return old.length;
  }
}

const PURGED = { action: 'audit.purged', object: { type: 'audit', id: 'audit' }, actor: ENGINE } as const;

const stretchOf = (records: readonly AuditRecord[]) => ({
  from: records[0]!.sequence,
  to: records.at(-1)!.sequence,
  hash: records.at(-1)!.hash,
});
