import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { UnauthenticatedError } from './auth-errors.js';
import { setCaller } from './caller.js';
import { Public } from './permissions.js';
import { TokenVerifier } from './token-verifier.js';

/** Lets only requests with a good bearer token through, and remembers whose it is. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.get(Public, context.getHandler())) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    setCaller(request, await this.verifier.verify(bearerToken(request.headers.authorization)));
    return true;
  }
}

function bearerToken(header: string | undefined): string {
  if (header === undefined) throw new UnauthenticatedError('A bearer token is required.', false);
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header)?.[1];
  if (token === undefined) throw new UnauthenticatedError('The Authorization header is not "Bearer <token>".', true);
  return token;
}
