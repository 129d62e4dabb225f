import { setImmediate as turn } from 'node:timers/promises';
import type { ChainPosition, InvalidEntry } from './audit-entry.js';
import type { AuditReads } from './audit.store.js';
import { ChainCheck, type Witness } from './chain-check.js';
import type { CheckpointSigner } from './checkpoint-signer.js';
import type { EntrySeals } from './entry-seals.js';
import { TrailMarks } from './trail-marks.js';

/** The largest entries hold two versions of the largest task. */
const PAGE = 32;
/** Retention takes so many stretches under nobody's feet. */
const MOST_WALKS = 20;
/** How much text is hashed before others have their turn. */
const LARGEST_STRETCH = 262_144;

/** What a walk over a whole trail found. */
export interface Proof {
  checked: number;
  wrong: InvalidEntry | null;
  /** The last good entry that is not under the seal of the ring's first key; null when there is none. */
  lastForeign: ChainPosition | null;
  /** Whether what is wrong is only that a key is missing. */
  lacksKey: boolean;
  marks: TrailMarks;
}

/** Walks trails from their bases to their ends. */
export class TrailProof {
  constructor(
    private readonly store: AuditReads,
    private readonly signer: CheckpointSigner,
    private readonly seals: EntrySeals,
  ) {}

  /** Walks the trail to the first entry that is not as it was written; `witnesses` know entries of it, too. */
  async of(organization: string, witnesses: readonly Witness[] = []): Promise<Proof> {
    for (let walks = 1; ; walks++) {
      const proof = await this.walk(organization, witnesses);
      const base = await this.store.checkpoint(organization, 'base');
      // Retention may have removed entries under the walk; then it begins anew, further on.
      if (proof.wrong === null || base?.sequence === proof.marks.base?.sequence || walks === MOST_WALKS) return proof;
    }
  }

  private async walk(organization: string, witnesses: readonly Witness[]): Promise<Proof> {
    const marks = new TrailMarks(await this.store.checkpoints(organization), witnesses);
    const unproven = marks.fault(this.signer);
    if (unproven) return { checked: 0, wrong: unproven, lastForeign: null, lacksKey: false, marks };
    const check = new ChainCheck(organization, marks, this.seals);
    const wrong = (await this.firstWrong(organization, check)) ?? check.finish() ?? this.headless(check, marks);
    const { checked, lastForeign, lacksKey } = check;
    return { checked, wrong: marks.base?.broken ?? wrong, lastForeign, lacksKey, marks };
  }

  private async firstWrong(organization: string, check: ChainCheck): Promise<InvalidEntry | null> {
    for (let size = 0; ;) {
      const page = await this.store.chain(organization, {}, check.position, PAGE);
      for (const record of page) {
        const wrong = check.next(record);
        if (wrong) return wrong;
        size += record.body.length;
        if (size < LARGEST_STRETCH) continue;
        size = 0;
        await turn();
      }
      if (page.length < PAGE) return null;
    }
  }

  private headless({ position }: ChainCheck, { head }: TrailMarks): InvalidEntry | null {
    return head || position === 0 ? null : { sequence: position, reason: 'the head checkpoint is missing' };
  }
}
