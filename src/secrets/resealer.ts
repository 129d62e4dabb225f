import type { AuditStore } from '../audit/audit.store.js';
import type { CheckpointSigner } from '../audit/checkpoint-signer.js';
import type { EntrySeals } from '../audit/entry-seals.js';
import { TrailProof } from '../audit/trail-proof.js';
import { StoreUnavailableError } from '../domain/errors.js';
import { messageOf } from '../domain/thrown.js';
import { everySealed } from './every-sealed.js';
import type { KeyRing } from './key-ring.js';
import { isSealedUnder } from './sealer.js';
import type { SealedSecrets, SealedStore } from './sealed.store.js';
import type { SecretsService } from './secrets.service.js';

const PAGE = 200;
const LONGEST_REASON = 500;

/** The result for everything that was not under the first key. */
export interface Resealed {
  /** Tasks whose secrets, and checkpoints whose signatures, are now under the first key. */
  tasks: number;
  checkpoints: number;
  /** Items still under other keys: their key is missing, they were tampered with, or they changed meanwhile. */
  remaining: number;
}

/**
 * Moves everything to the ring's first key while services run. Each step is independent, so the work can be interrupted
 * and started again; concurrent changes of a task win.
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
    /** Receives why something is left under another key. */
    private readonly tell: (what: string) => void = () => undefined,
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
    for await (const read of everySealed(this.sealed))
      if (this.isOld(read)) count[(await this.reseal(read)) ? 'done' : 'left']++;
    return count;
  }

  private async reseal(read: SealedSecrets): Promise<boolean> {
    const { organization, taskId: id, secrets, definition, unreadable } = read;
    if (unreadable !== undefined) return this.leave(read, unreadable);
    const task = { organization, id, secrets, definition };
    try {
      return await this.sealed.replace(read, this.secrets.sealAll(task, this.secrets.openAll(task)));
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
      return this.leave(read, messageOf(error, LONGEST_REASON));
    }
  }

  /** One task that cannot be sealed anew keeps no other from it. */
  private leave({ organization, taskId }: SealedSecrets, reason: string): false {
    this.tell(`The secrets of task ${taskId} of ${organization} stay as they are: ${reason}`);
    return false;
  }

  /**
   * Entries keep their seals. Entries under other keys are verified while those keys exist; from then on, a checkpoint
   * under the first key vouches for them.
   */
  private async vouchForTrails(): Promise<{ done: number; left: number }> {
    const count = { done: 0, left: 0 };
    for (let after = ''; ;) {
      const page = await this.audit.heads(after, PAGE);
      for (const { organization } of page) await this.vouchFor(organization, count);
      if (page.length < PAGE) return count;
      after = page.at(-1)!.organization;
    }
  }

  private async vouchFor(organization: string, count: { done: number; left: number }): Promise<void> {
    const { lastForeign, lacksKey, marks } = await this.proof.of(organization);
    if (lacksKey) count.left++;
    // A good checkpoint already vouches for entries up to there.
    if (!lastForeign || lastForeign.sequence <= marks.good(this.signer).vouchedBy(this.ring.first.id)) return;
    await this.audit.putCheckpoint(this.signer.sign(organization, 'vouched', lastForeign, { at: this.now() }));
    count.done++;
  }

  /**
   * Signs a checkpoint again only if its signature is good. Those that stay as they are come again with each page, and
   * keep none of the others from their turn.
   */
  private async resignCheckpoints(): Promise<{ done: number; left: number }> {
    const tried = new Set<string>();
    for (let [done, size] = [0, PAGE]; ;) {
      const old = await this.audit.checkpointsNotUnder(this.ring.first.id, size);
      const good = old.filter((each) => !tried.has(each.signature) && this.signer.fault(each) === null);
      for (const checkpoint of good) {
        tried.add(checkpoint.signature);
        await this.audit.putCheckpoint(this.signer.signAnew(checkpoint));
      }
      done += good.length;
      const left = old.length - good.length;
      if (old.length < size) return { done, left };
      if (2 * left >= size) size *= 2;
    }
  }

  private isOld({ secrets, unreadable }: SealedSecrets): boolean {
    return (
      unreadable !== undefined ||
      Object.values(secrets).some((sealed) => !isSealedUnder(this.ring.first.id, String(sealed)))
    );
  }
}
