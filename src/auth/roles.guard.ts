import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { ForbiddenError } from './auth-errors.js';
import { callerOf } from './caller.js';
import { OrInstallation, Public, Requires, RequiresInstallation } from './permissions.js';
import { permits } from './roles.js';

/** Lets only callers with the route's role pass; a route without a rule is closed to everybody. */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.get(Public, context.getHandler())) return true;
    if (this.reflector.get(RequiresInstallation, context.getHandler())) return this.demandInstallation(context);
    const required = this.reflector.get(Requires, context.getHandler());
    const caller = callerOf(context.switchToHttp().getRequest<FastifyRequest>());
    if (caller?.installation === true && this.reflector.get(OrInstallation, context.getHandler())) return true;
    if (!required || !caller || !permits(caller.roles, required)) throw new ForbiddenError(required ?? 'admin');
    return true;
  }

  private demandInstallation(context: ExecutionContext): boolean {
    const caller = callerOf(context.switchToHttp().getRequest<FastifyRequest>());
    if (caller?.installation !== true) throw new ForbiddenError('installation');
    return true;
  }
}
