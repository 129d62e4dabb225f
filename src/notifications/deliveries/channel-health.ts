/** How a channel fares. Instants in epoch ms. */
export interface Health {
  /** How many tries failed since the last success. */
  failures: number;
  failingSince: number;
  /** When the organization was warned that it will be disabled; null if it was not. */
  warnedAt: number | null;
}

const DAY_MS = 86_400_000;
/** A channel is disabled when nothing arrived for so long, and so many tries failed. */
export const DISABLED_AFTER = { ms: 5 * DAY_MS, failures: 20 };
/** Its organization is warned before that. */
export const WARNED_AFTER = { ms: DAY_MS, failures: 8 };

const isOver = ({ failures, failingSince }: Health, bound: typeof DISABLED_AFTER, now: number): boolean =>
  failures >= bound.failures && now - failingSince >= bound.ms;

/** The health after a failed try, and what follows from it. */
export function afterFailure(health: Health | null, now: number): { health: Health; step: 'warn' | 'disable' | null } {
  const next = { failures: (health?.failures ?? 0) + 1, failingSince: health?.failingSince ?? now, warnedAt: health?.warnedAt ?? null }; // prettier-ignore
  // Nobody is cut off without a warning, however long nothing was sent.
  if (next.warnedAt !== null && now - next.warnedAt >= DAY_MS && isOver(next, DISABLED_AFTER, now))
    return { health: next, step: 'disable' };
  if (next.warnedAt === null && isOver(next, WARNED_AFTER, now))
    return { health: { ...next, warnedAt: now }, step: 'warn' };
  return { health: next, step: null };
}
