import { z } from 'zod';
import type { Fault } from './errors.js';

const upTo = (least: number, most: number, what: string) => z.int().min(least).max(most).describe(what).exactOptional();

/** How much of each thing an organization may have; of what is not named, any number. */
export const quotasSchema = z.strictObject({
  tasks: upTo(1, 100_000_000, 'Tasks at a time, whatever their state.'),
  concurrentRuns: upTo(1, 1000, 'Runs under way at a time, over all instances.'),
  startsPerMinute: upTo(1, 1_000_000, 'Attempts begun within a minute, over all instances; what exceeds it waits.'),
  payloadBytes: upTo(256, 1_048_576, 'The largest body of a request.'),
});

export type Quotas = z.infer<typeof quotasSchema>;
export type QuotaName = keyof Quotas;

const NAMES = Object.keys(quotasSchema.shape) as QuotaName[];

/** The quotas that hold: an organization can set itself narrower ones than those of the service. */
export function strictest(own: Quotas, ceilings: Quotas): Quotas {
  const quotas: Quotas = {};
  for (const name of NAMES) {
    const limit = Math.min(own[name] ?? Number.POSITIVE_INFINITY, ceilings[name] ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(limit)) quotas[name] = limit;
  }
  return quotas;
}

/** The quotas that an organization cannot set itself, since the service has narrower ones. */
export const beyondCeilings = (own: Quotas, ceilings: Quotas): Fault[] =>
  NAMES.filter((name) => (own[name] ?? 0) > (ceilings[name] ?? Number.POSITIVE_INFINITY)).map((name) => ({
    pointer: `/quotas/${name}`,
    detail: `must be at most ${ceilings[name]}, which whoever runs the installation allows`,
  }));
