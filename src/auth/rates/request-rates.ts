import type { Clock } from '../../clock/clock.js';
import { RateLimitedError } from '../auth-errors.js';
import { clientNetwork } from './client-network.js';
import { RateWindow, type Allowance } from './rate-window.js';

/** How much is let in within a minute. */
export interface RateOptions {
  /** Requests of one organization. */
  requestsPerMinute: number;
  /** Failed authentications from one client address; after that it is not listened to for the rest of the minute. */
  failuresPerMinute: number;
}

/** Knows how much organizations and addresses have asked lately. Also the injection token. */
export class RequestRates {
  private readonly requests: RateWindow;
  private readonly failures: RateWindow;

  constructor({ requestsPerMinute, failuresPerMinute }: RateOptions, clock: Clock) {
    this.requests = new RateWindow(requestsPerMinute, clock);
    this.failures = new RateWindow(failuresPerMinute, clock);
  }

  /** Counts a request of the organization. */
  count(organization: string): Allowance {
    return this.requests.count(organization);
  }

  countFailure(address: string): void {
    this.failures.count(clientNetwork(address));
  }

  /** Refuses whoever has failed too often, before anything is verified. @throws RateLimitedError */
  demandPatience(address: string): void {
    const { isExceeded, resetS } = this.failures.look(clientNetwork(address));
    if (isExceeded) throw new RateLimitedError('Too many authentications from this address have failed.', resetS);
  }
}
