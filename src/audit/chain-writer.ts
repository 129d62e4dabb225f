import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../clock/clock.js';
import { GENESIS, linked, type AuditDraft, type ChainPosition } from './audit-entry.js';
import { AuditStore } from './audit.store.js';
import { CheckpointSigner } from './checkpoint-signer.js';

const MOST_KNOWN = 10_000;
/** Entries of one write, at the most. */
const LARGEST_WRITE = 1000;
/** After this many lost races a writer pauses, longer each time, so that one of several gets through. */
const PATIENT_AFTER = 3;
const PAUSE_MS = 5;

/** Adds entries to chains to which other instances add at the same time: whoever loses a sequence takes the next. */
@Injectable()
export class ChainWriter {
  private readonly heads = new LRUCache<string, ChainPosition>({ max: MOST_KNOWN });

  constructor(
    private readonly store: AuditStore,
    private readonly signer: CheckpointSigner,
    private readonly clock: Clock,
  ) {}

  /** Adds the drafts of one organization in their order; durable when it resolves. */
  async append(organization: string, drafts: readonly AuditDraft[]): Promise<void> {
    let left = drafts;
    for (let losses = 0; left.length > 0;) {
      const batch = left.slice(0, LARGEST_WRITE);
      const done = await this.tryAppend(organization, batch);
      left = left.slice(done);
      if (done < batch.length) await this.pause(++losses);
    }
  }

  /** Adds what `make` makes of the chain as it is, and makes it anew when somebody else was faster. */
  async appendFresh(organization: string, make: () => Promise<AuditDraft[]>): Promise<void> {
    for (let losses = 0; ; await this.pause(++losses)) {
      this.heads.delete(organization);
      const head = await this.headOf(organization);
      const drafts = await make();
      if (drafts.length === 0 || (await this.tryAppend(organization, drafts, head)) === drafts.length) return;
    }
  }

  /** The end of the chain as the store has it. */
  async headOf(organization: string): Promise<ChainPosition> {
    const last = await this.store.last(organization);
    return last ?? (await this.store.checkpoint(organization, 'base')) ?? GENESIS;
  }

  private async tryAppend(organization: string, drafts: readonly AuditDraft[], known?: ChainPosition): Promise<number> {
    const head = known ?? this.heads.get(organization) ?? (await this.headOf(organization));
    // Until the answer is known the end of the chain is not.
    this.heads.delete(organization);
    const records = linked(drafts, head);
    const end = records.at(-1)!;
    const done = await this.store.append(records, this.signer.sign(organization, 'head', end));
    if (done === records.length) this.heads.set(organization, { sequence: end.sequence, hash: end.hash });
    return done;
  }

  private async pause(losses: number): Promise<void> {
    if (losses > PATIENT_AFTER) await this.clock.sleep(Math.random() * PAUSE_MS * Math.min(losses, 20));
  }
}
