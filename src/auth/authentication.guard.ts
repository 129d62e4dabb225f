import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { UnauthenticatedError } from './auth-errors.js';
import { setCaller, type Caller } from './caller.js';
import { Identification } from './identification.js';
import { Public } from './permissions.js';
import { RequestRates } from './rates/request-rates.js';

/** Lets only requests of a known caller pass, and stores the caller. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly identification: Identification,
    private readonly rates: RequestRates,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.get(Public, context.getHandler())) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    this.rates.demandPatience(request.ip);
    setCaller(request, await this.callerOf(request));
    return true;
  }

  private async callerOf(request: FastifyRequest): Promise<Caller> {
    try {
      return await this.identification.of(request);
    } catch (error) {
      if (error instanceof UnauthenticatedError) this.rates.countFailure(request.ip);
      throw error;
    }
  }
}
