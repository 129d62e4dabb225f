import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { KEY_BYTES, KeyRing } from '../secrets/key-ring.js';
import type { ChainPosition } from './audit-entry.js';
import type { Checkpoint } from './audit.store.js';

const PURPOSE = 'scheduled-task-runner/audit-checkpoint/v1';

/** Signs checkpoints under the ring's first key; whoever can write the database alone cannot. */
@Injectable()
export class CheckpointSigner {
  private readonly keys: ReadonlyMap<string, KeyObject>;

  constructor(private readonly ring: KeyRing) {
    this.keys = new Map(
      ring.all.map(({ id, key }) => [
        id,
        createSecretKey(Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), PURPOSE, KEY_BYTES))),
      ]),
    );
  }

  sign(organization: string, kind: Checkpoint['kind'], { sequence, hash }: ChainPosition): Checkpoint {
    const unsigned = { organization, kind, sequence, hash, keyId: this.ring.first.id };
    return { ...unsigned, signature: this.signatureOf(unsigned)!.toString('hex') };
  }

  /** Why the checkpoint proves nothing; null when it is good. */
  fault(checkpoint: Checkpoint): string | null {
    const expected = this.signatureOf(checkpoint);
    if (!expected) return `the ${checkpoint.kind} checkpoint is signed under a key that is not in the key ring`;
    const given = Buffer.from(checkpoint.signature, 'hex');
    const good = given.length === expected.length && timingSafeEqual(given, expected);
    return good ? null : `the ${checkpoint.kind} checkpoint was altered`;
  }

  private signatureOf({ organization, kind, sequence, hash, keyId }: Omit<Checkpoint, 'signature'>): Buffer | null {
    const key = this.keys.get(keyId);
    const text = JSON.stringify([keyId, organization, kind, sequence, hash]);
    return key ? createHmac('sha256', key).update(text).digest() : null;
  }
}
