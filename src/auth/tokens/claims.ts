import { z } from 'zod';
import { UnauthenticatedError } from '../auth-errors.js';
import type { Caller } from '../caller.js';
import { isRole } from '../roles.js';

/**
 * How far the clock of whoever issues tokens may be ahead of ours: a token is good so long before its `nbf`. What has
 * expired gets no such time.
 */
export const CLOCK_TOLERANCE_S = 5;

/** The names of organizations, as tokens and settings give them. */
export const ORGANIZATION_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const claimsSchema = z.object({
  sub: z.string().min(1).max(200),
  org: z.string().regex(ORGANIZATION_NAME),
  roles: z.array(z.unknown()).max(100).default([]),
  installation: z.unknown().optional(),
  exp: z.number(),
});

/** The caller of whom a token tells whose signature is good. Throws an `UnauthenticatedError` for anything but plain claims. */
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
  };
}
