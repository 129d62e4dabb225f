import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { InvalidInputError } from '../../../domain/errors.js';
import type { VersionCondition } from '../../../domain/version-condition.js';
import { tagsOf, type EntityTag } from './entity-tags.js';

type Headers = FastifyRequest['headers'];

function listed(headers: Headers, name: 'If-Match' | 'If-None-Match'): EntityTag[] | '*' | null {
  const header = headers[name.toLowerCase()];
  if (header === undefined) return null;
  const text = String(header).trim();
  if (text === '*') return '*';
  const tags = tagsOf(text);
  if (tags) return tags;
  throw new InvalidInputError([{ parameter: name, detail: 'must be entity tags, such as "3", or *' }]);
}

/**
 * The condition of a change. A weak tag never satisfies `If-Match`, but counts like a strong one for `If-None-Match`
 * (RFC 9110, 13.1). Throws an `InvalidInputError`.
 */
export function conditionOf(headers: Headers): VersionCondition {
  const [match, noneMatch] = [listed(headers, 'If-Match'), listed(headers, 'If-None-Match')];
  return {
    oneOf: match === null || match === '*' ? null : match.filter(({ isWeak }) => !isWeak).map(({ text }) => text),
    noneOf: noneMatch === '*' ? 'any' : (noneMatch ?? []).map(({ text }) => text),
  };
}

/** Whether the reader already has this version. Throws an `InvalidInputError`. */
export function hasAlready(headers: Headers, version: string): boolean {
  const { noneOf } = conditionOf(headers);
  return noneOf === 'any' || noneOf.includes(version);
}

/** Passes the condition of the change to a handler. */
export const Precondition = createParamDecorator((_: unknown, context: ExecutionContext) =>
  conditionOf(context.switchToHttp().getRequest<FastifyRequest>().headers),
);
