import { setImmediate as turn } from 'node:timers/promises';
import type { ChainPosition, InvalidEntry } from './audit-entry.js';
import type { AuditReads } from './audit.store.js';
import { ChainCheck, type Witness } from './chain-check.js';
import type { CheckpointSigner } from './checkpoint-signer.js';
import type { EntrySeals } from './entry-seals.js';
import { TrailMarks } from './trail-marks.js';

/** The largest entries contain two versions of the largest task. */
const PAGE = 32;
/** Retention does not remove entries under this many walks in a row. */
const MOST_WALKS = 20;
/** How many characters of text are hashed before others get their turn. */
const LARGEST_STRETCH = 262_144;

/** The result of checking a whole trail. */
export interface Proof {
  checked: number;
  wrong: InvalidEntry | null;
  /** The last good entry that is not sealed under the ring's first key; null when there is none. */
  lastForeign: ChainPosition | null;
  /** Whether the only fault is a missing key. */
  lacksKey: boolean;
  marks: TrailMarks;
}

/** Checks trails from their bases to their ends. */
export class TrailProof {
  constructor(
    private readonly store: AuditReads,
    private readonly signer: CheckpointSigner,
    private readonly seals: EntrySeals,
  ) {}

  /** Checks the trail up to the first entry that was changed; `witnesses` know entries of it, too. */
  async of(organization: string, witnesses: readonly Witness[] = []): Promise<Proof> {
    for (let walks = 1; ; walks++) {
      const proof = await this.walk(organization, witnesses);
      const base = await this.store.checkpoint(organization, 'base');
      // Retention may have removed entries during the walk: then walk again, from the new base.
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
