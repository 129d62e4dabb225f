import { z } from 'zod';
import { UnauthenticatedError } from '../auth-errors.js';
import type { Caller } from '../caller.js';
import { isRole } from '../roles.js';
import { LATEST } from '../../domain/instants.js';
import { ORGANIZATION_NAME } from '../../domain/organization-name.js';

/**
 * How far the token issuer's clock may be ahead of ours: a token is accepted this long before its `nbf`. Expired tokens
 * get no such tolerance.
 */
export const CLOCK_TOLERANCE_S = 5;

const claimsSchema = z.object({
  sub: z.string().min(1).max(200),
  org: z.string().regex(ORGANIZATION_NAME),
  roles: z.array(z.unknown()).max(100).default([]),
  installation: z.unknown().optional(),
  exp: z.number(),
});

/** The caller of a token whose signature is valid. Throws an `UnauthenticatedError` for missing or malformed claims. */
export function callerFrom(claims: unknown, nowMs: number): Caller {
  const parsed = claimsSchema.safeParse(claims);
  if (!parsed.success) throw new UnauthenticatedError('The token lacks a usable "sub", "org", "roles" or "exp".', true);
  const { sub, org, roles, installation, exp } = parsed.data;
  if (exp <= Math.floor(nowMs / 1000)) throw new UnauthenticatedError('The token has expired.', true);
  return {
    subject: sub,
    organization: org,
    roles: roles.filter(isRole),
    ...(installation === 'admin' && { installation: true }),
    expiresAt: Math.min(exp * 1000, LATEST),
  };
}
