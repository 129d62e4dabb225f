import type { AuditStore } from '../audit/audit.store.js';
import type { CheckpointSigner } from '../audit/checkpoint-signer.js';
import type { EntrySeals } from '../audit/entry-seals.js';
import { TrailProof } from '../audit/trail-proof.js';
import type { KeyRing } from './key-ring.js';
import { isSealedUnder, SealedSecretError } from './sealer.js';
import type { SealedSecrets, SealedStore } from './sealed.store.js';
import type { SecretsService } from './secrets.service.js';

const PAGE = 200;

/** What became of everything that was under another key than the first. */
export interface Resealed {
  /** Tasks whose secrets, and checkpoints whose signatures, are under the first key now. */
  tasks: number;
  checkpoints: number;
  /** Those that are still under another one: their key is missing, they were altered, or they were changed meanwhile. */
  remaining: number;
}

/**
 * Brings everything under the ring's first key while services run: each step stands for itself, so that it can be
 * broken off and begun again, and whoever changes a task meanwhile goes first.
 */
export class Resealer {
  private readonly proof: TrailProof;

  constructor(
    private readonly ring: KeyRing,
    private readonly secrets: SecretsService,
    private readonly sealed: SealedStore,
    private readonly audit: AuditStore,
    private readonly signer: CheckpointSigner,
    seals: EntrySeals,
    private readonly now: () => number,
  ) {
    this.proof = new TrailProof(audit, signer, seals);
  }

  async resealAll(): Promise<Resealed> {
    const tasks = await this.resealTasks();
    const trails = await this.vouchForTrails();
    const checkpoints = await this.resignCheckpoints();
    const remaining = tasks.left + trails.left + checkpoints.left;
    return { tasks: tasks.done, checkpoints: trails.done + checkpoints.done, remaining };
  }

  private async resealTasks(): Promise<{ done: number; left: number }> {
    const count = { done: 0, left: 0 };
    for (let after = ''; ;) {
      const page = await this.sealed.page(after, PAGE);
      for (const read of page.filter((each) => this.isOld(each))) count[(await this.reseal(read)) ? 'done' : 'left']++;
      if (page.length < PAGE) return count;
      after = page.at(-1)!.taskId;
    }
  }

  private async reseal(read: SealedSecrets): Promise<boolean> {
    const { organization, taskId: id, secrets, definition } = read;
    const task = { organization, id, secrets, definition };
    try {
      return await this.sealed.replace(read, this.secrets.sealAll(task, this.secrets.openAll(task)));
    } catch (error) {
      if (error instanceof SealedSecretError) return false;
      throw error;
    }
  }

  /**
   * Entries keep their seals: what stands under other keys is proven while those are there, and a checkpoint under the first
   * key answers for it from then on.
   */
  private async vouchForTrails(): Promise<{ done: number; left: number }> {
    const count = { done: 0, left: 0 };
    for (let after = ''; ;) {
      const page = await this.audit.organizations(after, PAGE);
      for (const organization of page) await this.vouchFor(organization, count);
      if (page.length < PAGE) return count;
      after = page.at(-1)!;
    }
  }

  private async vouchFor(organization: string, count: { done: number; left: number }): Promise<void> {
    const { lastForeign, lacksKey, marks } = await this.proof.of(organization);
    if (lacksKey) count.left++;
    // Up to there a good checkpoint answers already.
    if (!lastForeign || lastForeign.sequence <= marks.good(this.signer).vouchedBy(this.ring.first.id)) return;
    await this.audit.putCheckpoint(this.signer.sign(organization, 'vouched', lastForeign, { at: this.now() }));
    count.done++;
  }

  /** A checkpoint is signed anew only while its signature is good. */
  private async resignCheckpoints(): Promise<{ done: number; left: number }> {
    let done = 0;
    for (;;) {
      const old = await this.audit.checkpointsNotUnder(this.ring.first.id, PAGE);
      const good = old.filter((checkpoint) => this.signer.fault(checkpoint) === null);
      for (const checkpoint of good) await this.audit.putCheckpoint(this.signer.signAnew(checkpoint));
      done += good.length;
      if (old.length < PAGE || good.length === 0) return { done, left: old.length - good.length };
    }
  }

  private isOld({ secrets }: SealedSecrets): boolean {
    return Object.values(secrets).some((sealed) => !isSealedUnder(this.ring.first.id, sealed));
  }
}
