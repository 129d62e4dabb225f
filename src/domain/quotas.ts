import { z } from 'zod';
import type { Fault } from './errors.js';

const upTo = (least: number, most: number, what: string) => z.int().min(least).max(most).describe(what).exactOptional();

/** How much of each thing an organization may have; without a limit when not given. */
export const quotasSchema = z.strictObject({
  tasks: upTo(1, 100_000_000, 'How many tasks it may have, in any state.'),
  concurrentRuns: upTo(1, 1000, 'How many runs may be under way at a time, over all instances.'),
  startsPerMinute: upTo(
    1,
    1_000_000,
    'How many attempts may begin within a minute, over all instances; further ones wait.',
  ),
  payloadBytes: upTo(256, 1_048_576, 'The largest body of a request.'),
  webhookSources: upTo(1, 10_000, 'How many webhook sources it may have; 1000 unless given.'),
});

export type Quotas = z.infer<typeof quotasSchema>;
export type QuotaName = keyof Quotas;

export const QUOTA_NAMES = Object.keys(quotasSchema.shape) as QuotaName[];

/** The effective quotas: an organization can set narrower ones for itself than the service does. */
export function strictest(own: Quotas, ceilings: Quotas): Quotas {
  const quotas: Quotas = {};
  for (const name of QUOTA_NAMES) {
    const limit = Math.min(own[name] ?? Number.POSITIVE_INFINITY, ceilings[name] ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(limit)) quotas[name] = limit;
  }
  return quotas;
}

/** Faults for quotas that exceed those of the service. */
export const beyondCeilings = (own: Quotas, ceilings: Quotas): Fault[] =>
  QUOTA_NAMES.filter((name) => (own[name] ?? 0) > (ceilings[name] ?? Number.POSITIVE_INFINITY)).map((name) => ({
    pointer: `/quotas/${name}`,
    detail: `must be at most ${ceilings[name]}, which whoever runs the installation allows`,
  }));
