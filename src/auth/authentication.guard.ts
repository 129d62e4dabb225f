import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { UnauthenticatedError } from './auth-errors.js';
import { setCaller, type Caller } from './caller.js';
import { Public } from './permissions.js';
import { RequestRates } from './rates/request-rates.js';
import { TokenVerifier } from './token-verifier.js';

/** Lets only requests with a good bearer token through, and remembers whose it is. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
    private readonly rates: RequestRates,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.get(Public, context.getHandler())) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    this.rates.demandPatience(request.ip);
    setCaller(request, await this.callerOf(request));
    return true;
  }

  private async callerOf({ headers, ip }: FastifyRequest): Promise<Caller> {
    try {
      return await this.verifier.verify(bearerToken(headers.authorization));
    } catch (error) {
      if (error instanceof UnauthenticatedError) this.rates.countFailure(ip);
      throw error;
    }
  }
}

function bearerToken(header: string | undefined): string {
  if (header === undefined) throw new UnauthenticatedError('A bearer token is required.', false);
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header)?.[1];
  if (token === undefined) throw new UnauthenticatedError('The Authorization header is not "Bearer <token>".', true);
  return token;
}
