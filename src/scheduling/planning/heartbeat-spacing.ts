const LONGEST_MS = 1000;
const SHORTEST_MS = 25;

/**
 * The shortest time between two stored heartbeats of a run on one instance, beyond the first few (ms). Who judges by
 * what is stored grants so much more, since heartbeats in between are not stored.
 */
export const heartbeatSpacingMs = (timeoutMs: number | null): number =>
  Math.max(SHORTEST_MS, Math.min(LONGEST_MS, Math.floor((timeoutMs ?? LONGEST_MS * 4) / 4)));
