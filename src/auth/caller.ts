import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Role } from './roles.js';

/** The sender of a request, and its organization. */
export interface Caller {
  subject: string;
  organization: string;
  roles: readonly Role[];
  /** Whether the caller operates the installation: independent of all roles of organizations. */
  installation?: boolean;
  /** The id of the API key that authenticated it; absent for a token. */
  apiKey?: string;
  /** Until when the token or key is good (epoch ms); absent where somebody else authenticates. */
  expiresAt?: number;
}

const callers = new WeakMap<FastifyRequest, Caller>();

export const setCaller = (request: FastifyRequest, caller: Caller): void => void callers.set(request, caller);

/** The request's caller; undefined on a public route. */
export const callerOf = (request: FastifyRequest): Caller | undefined => callers.get(request);

/** The organization of the caller. Throws on a public route, which has none. */
export function organizationOf(request: FastifyRequest): string {
  const caller = callerOf(request);
  if (!caller) throw new Error('A public route has no caller.');
  return caller.organization;
}

/** Passes the caller to a handler. */
export const AuthenticatedCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callerOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (!caller) throw new Error('A public route has no caller.');
  return caller;
});

/** Passes the caller's organization, the only one that the request can reach, to a handler. */
export const Organization = createParamDecorator((_: unknown, context: ExecutionContext) =>
  organizationOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
