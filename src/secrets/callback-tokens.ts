import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { KeyRing } from './key-ring.js';

const PURPOSE = 'scheduled-task-runner/callback-token/v1';

/**
 * Issues and checks the tokens with which a receiver ends an attempt that waits for its callback. Nothing is stored.
 */
@Injectable()
export class CallbackTokens {
  /** One key per key of the ring, the sealing one first, so that tokens outlive a rotation. */
  private readonly keys: readonly KeyObject[];

  constructor(ring: KeyRing) {
    this.keys = [...ring.derived(PURPOSE).values()];
  }

  /** The token of one attempt, 43 characters of base64url. */
  issue(runId: string, attempt: number): string {
    return sign(this.keys[0]!, runId, attempt).toString('base64url');
  }

  /** Whether the token belongs to this attempt; the time does not depend on how much of the token is right. */
  verify(token: string, runId: string, attempt: number): boolean {
    const given = Buffer.from(token, 'utf8');
    return this.keys
      .map((key) => Buffer.from(sign(key, runId, attempt).toString('base64url'), 'utf8'))
      .map((expected) => given.length === expected.length && timingSafeEqual(given, expected))
      .includes(true);
  }
}

const sign = (key: KeyObject, runId: string, attempt: number): Buffer =>
  createHmac('sha256', key)
    .update(JSON.stringify([runId, attempt]))
    .digest();
