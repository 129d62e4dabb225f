import type { ChainPosition, InvalidEntry } from './audit-entry.js';
import type { Checkpoint } from './audit.store.js';
import type { Marks, Witness } from './chain-check.js';
import type { CheckpointSigner } from './checkpoint-signer.js';

const NAMES: Record<Exclude<Checkpoint['kind'], 'base'>, string> = {
  head: 'the head checkpoint',
  vouched: 'the checkpoint that vouches for earlier entries',
  birth: "the record of the trail's beginning",
};

/** All checkpoints of one chain. */
export class TrailMarks implements Marks {
  readonly base: Checkpoint | null;
  readonly head: Checkpoint | null;
  readonly birth: Checkpoint | null;
  private readonly vouched: Checkpoint | null;

  constructor(
    private readonly all: readonly Checkpoint[],
    private readonly others: readonly Witness[] = [],
  ) {
    const of = (kind: Checkpoint['kind']) => all.find((checkpoint) => checkpoint.kind === kind) ?? null;
    this.base = of('base');
    this.head = of('head');
    this.birth = of('birth');
    this.vouched = of('vouched');
  }

  /** A head without an instant is from a version that did not seal entries, and vouches for those up to it. */
  get vouchedTo(): number {
    const head = this.head?.at === null ? this.head.sequence : 0;
    return Math.max(head, this.vouched?.sequence ?? 0);
  }

  /** The sequence up to which a checkpoint under this key vouches. */
  vouchedBy(keyId: string): number {
    return this.vouched?.keyId === keyId ? this.vouched.sequence : 0;
  }

  get witnesses(): Witness[] {
    const named = [this.head, this.vouched, this.birth].flatMap((checkpoint) =>
      checkpoint ? [{ ...positionOf(checkpoint), name: NAMES[checkpoint.kind as keyof typeof NAMES] }] : [],
    );
    return [...named, ...this.others].filter(({ sequence }) => sequence > (this.base?.sequence ?? 0));
  }

  /** The first checkpoint that proves nothing, as a fault. */
  fault(signer: CheckpointSigner): InvalidEntry | null {
    for (const checkpoint of this.all) {
      const reason = signer.fault(checkpoint);
      if (reason !== null) return { sequence: checkpoint.sequence, reason };
    }
    return null;
  }

  /** The marks without checkpoints that prove nothing. */
  good(signer: CheckpointSigner): TrailMarks {
    return new TrailMarks(
      this.all.filter((checkpoint) => signer.fault(checkpoint) === null),
      this.others,
    );
  }
}

export const positionOf = ({ sequence, hash }: ChainPosition): ChainPosition => ({ sequence, hash });
