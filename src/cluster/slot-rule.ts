/** One slot in this many is reserved for newly arriving organizations. */
const RESERVED = 20;
/** Of the remaining reserved slots, an organization may hold one in this many, and at least one. */
const NEWCOMERS = 8;

/** The minimum weight of an organization. */
const LEAST_WEIGHT = 0.1;

/**
 * Why an organization gets no further slot: none is free, its share is used up, the rest is reserved for others, or its
 * active runs take as much memory as they may.
 */
export type SlotRefusal = 'none-free' | 'share' | 'reserve' | 'memory';

/** The slots of an instance from the view of an organization that wants one more. */
export interface SlotsFound {
  limit: number;
  free: number;
  /** How many slots the organization holds. */
  held: number;
  /** Whether other organizations have, or recently had, something due. */
  isShared: boolean;
  weight: () => number;
  /** The bytes that runs under way hold of the memory for them, and those of the organization. */
  bytes?: { limit: number; held: number; own: number };
}

/** How many slots are reserved for organizations that hold few or none. */
export const reserveOf = (limit: number): number => Math.floor(limit / RESERVED);

/**
 * How many slots an organization may hold while others have work: half of them with weight 1, and always at least one.
 */
export const shareOf = (limit: number, weight: number): number =>
  Math.max(1, Math.ceil((limit * weight) / (1 + weight)));

/** Why the organization may not hold one more slot; null when it may. */
export function refusalOf({ limit, free, held, isShared, weight, bytes }: SlotsFound): SlotRefusal | null {
  if (free <= 0) return 'none-free';
  if (bytes && bytes.own > 0 && (bytes.own >= bytes.limit / 2 || bytes.held >= bytes.limit)) return 'memory';
  // Looking up the weight costs time: only where even the minimum weight could matter.
  if (isShared && held >= shareOf(limit, LEAST_WEIGHT) && held >= shareOf(limit, weight())) return 'share';
  if (free <= reserveOf(limit) && held >= Math.max(1, Math.floor(free / NEWCOMERS))) return 'reserve';
  return null;
}
