import { Injectable } from '@nestjs/common';
import { RateLimitedError } from '../../auth/auth-errors.js';
import { clientNetwork } from '../../auth/rates/client-network.js';
import { RateWindow } from '../../auth/rates/rate-window.js';
import { RequestRates } from '../../auth/rates/request-rates.js';
import { Clock } from '../../clock/clock.js';
import { KnownSources } from '../../webhooks/known-sources.js';

/**
 * Limits requests that come without a token. What is refused counts for the source and the sender's network together:
 * who sends nonsense to one source from where many others send, keeps nobody else out. What is signed counts for the source.
 */
@Injectable()
export class HookRates {
  private readonly signed: RateWindow;
  private readonly failures: RateWindow;

  constructor(
    private readonly sources: KnownSources,
    rates: RequestRates,
    clock: Clock,
  ) {
    this.signed = new RateWindow(() => rates.requestLimit, clock);
    this.failures = new RateWindow(() => rates.failureLimit, clock);
  }

  /** Refuses senders with too many failures, before anything is looked up. @throws RateLimitedError */
  demandPatience(sourceId: string, address: string): void {
    const { isExceeded, resetS } = this.failures.look(this.keyOf(sourceId, address));
    if (isExceeded) throw new RateLimitedError('Too many requests without a right signature came from here.', resetS);
  }

  countFailure(sourceId: string, address: string): void {
    this.failures.count(this.keyOf(sourceId, address));
  }

  /** Counts a request with a right signature. @throws RateLimitedError */
  admit(sourceId: string): void {
    const { isExceeded, limit, resetS } = this.signed.count(sourceId);
    if (isExceeded) throw new RateLimitedError(`A webhook source takes ${limit} requests a minute.`, resetS);
  }

  /** All sources that are not known share one count of a network. */
  private keyOf(sourceId: string, address: string): string {
    const isKnown = this.sources.organizationOf(sourceId) !== undefined;
    return `${isKnown ? sourceId : ''} ${clientNetwork(address)}`;
  }
}
