import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

const derivedIds = new WeakMap<FastifyRequest, string>();

export const setDerivedId = (request: FastifyRequest, id: string): void => void derivedIds.set(request, id);

/**
 * Passes the id that derives from the request's idempotency key to a handler; undefined without a key. A request that
 * is repeated after a crash gets the same id, so that it creates its object only once.
 */
export const DerivedId = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined =>
  derivedIds.get(context.switchToHttp().getRequest<FastifyRequest>()),
);
