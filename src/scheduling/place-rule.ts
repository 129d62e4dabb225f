/** One place in so many is kept for organizations that come new. */
const RESERVED = 20;
/** Of what is left of those, an organization may hold one in so many, and at least one. */
const NEWCOMERS = 8;

/** No organization's weight is less. */
const LEAST_WEIGHT = 0.1;

/** By which rule an organization gets no further place: none is free, its share is used up, or the rest is kept for others. */
export type PlaceRefusal = 'none-free' | 'share' | 'reserve';

/** The places of an instance as an organization finds them that wants one more. */
export interface PlacesFound {
  limit: number;
  free: number;
  /** How many the organization holds. */
  held: number;
  /** Whether other organizations have, or lately had, something due. */
  isShared: boolean;
  weight: () => number;
}

/** How many places are kept for organizations that hold few or none. */
export const reserveOf = (limit: number): number => Math.floor(limit / RESERVED);

/** How many places an organization may hold beside others: half of them with the weight 1, and one in any case. */
export const shareOf = (limit: number, weight: number): number =>
  Math.max(1, Math.ceil((limit * weight) / (1 + weight)));

/** Why the organization may not hold one more; null when it may. */
export function refusalOf({ limit, free, held, isShared, weight }: PlacesFound): PlaceRefusal | null {
  if (free <= 0) return 'none-free';
  // The weight has to be asked for: only where even the least one could matter.
  if (isShared && held >= shareOf(limit, LEAST_WEIGHT) && held >= shareOf(limit, weight())) return 'share';
  if (free <= reserveOf(limit) && held >= Math.max(1, Math.floor(free / NEWCOMERS))) return 'reserve';
  return null;
}
