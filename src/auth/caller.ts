import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Role } from './roles.js';

/** Who makes a request, and for which organization. */
export interface Caller {
  subject: string;
  organization: string;
  roles: readonly Role[];
  /** Whether the caller runs the installation: no role of an organization implies it, nor it one of those. */
  installation?: boolean;
  /** The id of the API key by which it was let in; a token has none. */
  apiKey?: string;
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
