import type { Logger } from '@nestjs/common';
import type { Clock } from '../clock/clock.js';
import { messageOf } from '../domain/thrown.js';
import type { Failure } from './transport.js';

const LONGEST = 500;
/** How often another reason is told at most (ms). */
const TELL_EVERY_MS = 60_000;

/** What keeps something from working; it is told when it begins, when its reason changes, and when it ends. */
export class Trouble {
  private current: Failure | null = null;
  private toldAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly what: string,
    private readonly clock: Clock,
    private readonly logger: Pick<Logger, 'log' | 'warn'>,
  ) {}

  get failure(): Failure | null {
    return this.current;
  }

  begin(error: unknown): void {
    const message = messageOf(rootOf(error), LONGEST);
    const isOther = this.current?.message !== message;
    const isTold = this.current === null || (isOther && this.clock.monotonic() - this.toldAt >= TELL_EVERY_MS);
    this.current = { at: this.current?.at ?? this.clock.now(), message };
    if (!isTold) return;
    this.toldAt = this.clock.monotonic();
    this.logger.warn(`${this.what} cannot be used: ${message}`);
  }

  end(): void {
    if (this.current) this.logger.log(`${this.what} can be used again.`);
    this.current = null;
  }
}

/** When several addresses of a host fail together, the error has no message of its own. */
const rootOf = (error: unknown): unknown => (error instanceof AggregateError ? (error.errors[0] ?? error) : error);
