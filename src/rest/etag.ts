import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { InvalidInputError } from '../domain/errors.js';

/** A version as a strong entity tag. */
export const toEtag = (version: string): string => `"${version}"`;

/**
 * The version that an `If-Match` header asks for; undefined when any will do. A weak tag never matches (RFC 9110), so
 * it is passed on as it stands. Throws an `InvalidInputError`.
 */
export function versionFrom(header: string | undefined): string | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const [, weak, tag] = /^\s*(W\/)?"([\x21\x23-\x7e]*)"\s*$/.exec(header) ?? [];
  if (tag === undefined) {
    throw new InvalidInputError([{ parameter: 'If-Match', detail: 'must be one entity tag, such as "3", or *' }]);
  }
  return weak ? header.trim() : tag;
}

/** Passes the version of the `If-Match` header to a handler. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext) =>
  versionFrom(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
);
