import type { Clock } from '../../clock/clock.js';
import type { RuntimeSettings } from '../../settings/runtime-settings.js';
import { RateLimitedError } from '../auth-errors.js';
import { clientNetwork } from './client-network.js';
import { RateWindow, type Allowance } from './rate-window.js';

/** Limits per minute. */
export interface RateOptions {
  /** Requests of one organization. */
  requestsPerMinute: number;
  /**
   * Failed authentications from one client address; after that, its requests are refused for the rest of the minute;
   * null where somebody else authenticates.
   */
  failuresPerMinute: number | null;
}

/** Counts the recent requests of organizations and addresses. Also the injection token. */
export class RequestRates {
  private readonly requests: RateWindow;
  private readonly failures: RateWindow | null = null;

  constructor(
    { requestsPerMinute, failuresPerMinute }: RateOptions,
    clock: Clock,
    private readonly runtime: RuntimeSettings,
  ) {
    runtime.declare('rateLimitPerMinute', requestsPerMinute);
    this.requests = new RateWindow(() => this.requestLimit, clock);
    if (failuresPerMinute === null) return;
    runtime.declare('authFailuresPerMinute', failuresPerMinute);
    this.failures = new RateWindow(() => this.failureLimit, clock);
  }

  /** How many requests an organization may send in a minute now. */
  get requestLimit(): number {
    return this.runtime.numberOf('rateLimitPerMinute');
  }

  /** How many failures an address may have in a minute now; the default where somebody else authenticates. */
  get failureLimit(): number {
    return this.runtime.numberOf('authFailuresPerMinute');
  }

  /** Counts a request of the organization. */
  count(organization: string): Allowance {
    return this.requests.count(organization);
  }

  countFailure(address: string): void {
    this.failures?.count(clientNetwork(address));
  }

  /** Refuses addresses with too many failures, before anything is verified. @throws RateLimitedError */
  demandPatience(address: string): void {
    const found = this.failures?.look(clientNetwork(address));
    if (found?.isExceeded)
      throw new RateLimitedError('Too many authentications from this address have failed.', found.resetS);
  }
}
