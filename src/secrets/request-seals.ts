import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { KeyRing, type SealFault } from './key-ring.js';
import { openText, sealText } from './sealed-text.js';

const FINGERPRINT = 'scheduled-task-runner/request-fingerprint/v1';
const ANSWER = 'scheduled-task-runner/request-answer/v1';
const VERSION = 'a1';

/** The names that identify a repeatable request. */
export type RequestNames = readonly string[];

/**
 * Protects remembered requests from readers of the store. A request is kept as a fingerprint, which reveals nothing
 * without the key ring; its answer is sealed. Both stay valid when another key of the ring becomes the first.
 */
@Injectable()
export class RequestSeals {
  private readonly fingerprints: ReadonlyMap<string, KeyObject>;
  private readonly answers: ReadonlyMap<string, KeyObject>;

  constructor(private readonly ring: KeyRing) {
    this.fingerprints = ring.derived(FINGERPRINT);
    this.answers = ring.derived(ANSWER);
  }

  /** Distinguishes this content of the request from other content: `<key id>.<HMAC in base64url>`. */
  fingerprint(names: RequestNames, content: string): string {
    const { id } = this.ring.first;
    return `${id}.${hmac(this.fingerprints.get(id)!, names, content).toString('base64url')}`;
  }

  /** Whether the fingerprint matches this content; null when the ring lacks its key. */
  isOf(fingerprint: string, names: RequestNames, content: string): boolean | null {
    const [id = '', given = ''] = fingerprint.split('.');
    const key = this.fingerprints.get(id);
    if (!key) return null;
    const [expected, bytes] = [hmac(key, names, content), Buffer.from(given, 'base64url')];
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  }

  /** Seals the answer to this one request. */
  seal(names: RequestNames, answer: string): string {
    const { id } = this.ring.first;
    return sealText(VERSION, { id, key: this.answers.get(id)! }, names, answer);
  }

  /** The answer, or why it cannot be opened. */
  open(names: RequestNames, sealed: string): { plain: string } | { fault: SealFault } {
    return openText(sealed, {
      keyOf: (id) => this.answers.get(id),
      boundTo: (version) => (version === VERSION ? names : null),
    });
  }
}

const hmac = (key: KeyObject, names: RequestNames, content: string): Buffer =>
  createHmac('sha256', key).update(JSON.stringify(names)).update('\0').update(content).digest();
