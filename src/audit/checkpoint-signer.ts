import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { KeyRing } from '../secrets/key-ring.js';
import type { ChainPosition } from './audit-entry.js';
import type { Checkpoint } from './audit.store.js';

const PURPOSE = 'scheduled-task-runner/audit-checkpoint/v1';

/** What a checkpoint says beside its position. */
type Told = Partial<Pick<Checkpoint, 'at' | 'broken'>>;

/** Signs checkpoints under the ring's first key; whoever can write the database alone cannot. */
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

  /** The same statement under the ring's first key. */
  signAnew(checkpoint: Checkpoint): Checkpoint {
    return this.sign(checkpoint.organization, checkpoint.kind, checkpoint, checkpoint);
  }

  /** Why the checkpoint proves nothing; null when it is good. */
  fault(checkpoint: Checkpoint): string | null {
    const expected = this.signatureOf(checkpoint);
    if (!expected) return `the ${checkpoint.kind} checkpoint is signed under a key that is not in the key ring`;
    const given = Buffer.from(checkpoint.signature, 'hex');
    const good = given.length === expected.length && timingSafeEqual(given, expected);
    return good ? null : `the ${checkpoint.kind} checkpoint was altered`;
  }

  private signatureOf(unsigned: Omit<Checkpoint, 'signature'>): Buffer | null {
    const { organization, kind, sequence, hash, at, broken, keyId } = unsigned;
    const key = this.keys.get(keyId);
    const position = [keyId, organization, kind, sequence, hash];
    // Without an instant it is a checkpoint of an earlier version, or one that stands for such.
    const told = at === null && broken === null ? position : [...position, at, broken?.sequence, broken?.reason];
    return key ? createHmac('sha256', key).update(JSON.stringify(told)).digest() : null;
  }
}
