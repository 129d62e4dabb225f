import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { KeyRing } from '../secrets/key-ring.js';
import type { AnchoredHead } from './anchor/anchored-head.js';
import type { ChainPosition } from './audit-entry.js';
import type { Checkpoint } from './audit.store.js';

const PURPOSE = 'scheduled-task-runner/audit-checkpoint/v1';

/** The contents of a checkpoint besides its position. */
type Told = Partial<Pick<Checkpoint, 'at' | 'broken'>>;

/** What is signed. What is kept outside is of a kind of its own, so that nobody can take it for a checkpoint. */
type Signed = Omit<Checkpoint, 'signature' | 'kind'> & { kind: Checkpoint['kind'] | 'anchor' };

/** Signs checkpoints under the ring's first key; write access to the database alone does not suffice for that. */
@Injectable()
export class CheckpointSigner {
  private readonly keys: ReadonlyMap<string, KeyObject>;

  constructor(private readonly ring: KeyRing) {
    this.keys = ring.derived(PURPOSE);
  }

  sign(
    organization: string,
    kind: Checkpoint['kind'],
    { sequence, hash }: ChainPosition,
    { at = null, broken = null }: Told = {},
  ): Checkpoint {
    const unsigned = { organization, kind, sequence, hash, at, broken, keyId: this.ring.first.id };
    return { ...unsigned, signature: this.signatureOf(unsigned)!.toString('hex') };
  }

  /** The same checkpoint, signed under the ring's first key. */
  signAnew(checkpoint: Checkpoint): Checkpoint {
    return this.sign(checkpoint.organization, checkpoint.kind, checkpoint, checkpoint);
  }

  /** Why the checkpoint proves nothing; null when it is good. */
  fault(checkpoint: Checkpoint): string | null {
    const expected = this.signatureOf(checkpoint);
    if (!expected) return `the ${checkpoint.kind} checkpoint is signed under a key that is not in the key ring`;
    return isEqual(checkpoint.signature, expected) ? null : `the ${checkpoint.kind} checkpoint was altered`;
  }

  /** The head of a trail at the instant `at` (epoch ms), to be kept outside of the store. */
  anchor(organization: string, { sequence, hash }: ChainPosition, at: number): AnchoredHead {
    const unsigned = { organization, sequence, hash, at, keyId: this.ring.first.id };
    return { ...unsigned, signature: this.signatureOf(anchored(unsigned))!.toString('hex') };
  }

  /** Whether an instance signed it, under a key of the ring. */
  isAnchor(head: AnchoredHead): boolean {
    const expected = this.signatureOf(anchored(head));
    return expected !== null && isEqual(head.signature, expected);
  }

  private signatureOf(unsigned: Signed): Buffer | null {
    const { organization, kind, sequence, hash, at, broken, keyId } = unsigned;
    const key = this.keys.get(keyId);
    const position = [keyId, organization, kind, sequence, hash];
    // A checkpoint without an instant is from an earlier version, or replaces such a one.
    const told = at === null && broken === null ? position : [...position, at, broken?.sequence, broken?.reason];
    return key ? createHmac('sha256', key).update(JSON.stringify(told)).digest() : null;
  }
}

const anchored = (head: Omit<AnchoredHead, 'signature'>): Signed => ({ ...head, kind: 'anchor', broken: null });

function isEqual(signature: string, expected: Buffer): boolean {
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
