import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RateLimitedError } from '../auth-errors.js';
import { callerOf } from '../caller.js';
import type { Allowance } from './rate-window.js';
import { RequestRates } from './request-rates.js';

/** Limits the requests of an organization per minute, and reports in each answer what remains. */
@Injectable()
export class RequestRateGuard implements CanActivate {
  constructor(private readonly rates: RequestRates) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const caller = callerOf(http.getRequest<FastifyRequest>());
    if (!caller) return true;
    const allowance = this.rates.count(caller.organization);
    void http.getResponse<FastifyReply>().headers(headersOf(allowance));
    if (allowance.isExceeded)
      throw new RateLimitedError(`The organization may make ${allowance.limit} requests a minute.`, allowance.resetS);
    return true;
  }
}

/** In the form of draft-ietf-httpapi-ratelimit-headers. */
const headersOf = ({ limit, remaining, resetS }: Allowance): Record<string, string> => ({
  'ratelimit-policy': `"requests";q=${limit};w=60`,
  ratelimit: `"requests";r=${remaining};t=${resetS}`,
});
