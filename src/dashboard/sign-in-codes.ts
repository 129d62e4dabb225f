import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';

/** How long a code is good, in milliseconds. */
const LIFE_MS = 15 * 60_000;

interface Kept {
  token: string;
  endsAt: number;
}

const digestOf = (code: string): string => createHash('sha256').update(code).digest('base64url');

/** Codes that a browser exchanges for a token: each once, and only for a quarter of an hour. */
@Injectable()
export class SignInCodes {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly clock: Clock) {}

  /** A code for the token. */
  codeFor(token: string): string {
    const code = randomBytes(32).toString('base64url');
    this.kept.set(digestOf(code), { token, endsAt: this.clock.now() + LIFE_MS });
    return code;
  }

  /** The token of the code, which is used up by that; null for an unknown, used or old code. */
  exchange(code: string): string | null {
    const digest = digestOf(code);
    const found = this.kept.get(digest);
    this.kept.delete(digest);
    return found && this.clock.now() < found.endsAt ? found.token : null;
  }
}
