/** Somebody, or something, that makes changes: a type of actor and its id. */
export interface Maker {
  type: string;
  id: string;
}

/** What is kept of an actor. */
export const makerOf = ({ type, id }: Maker): Maker => ({ type, id });

/** Who made a task what it is; tasks of older versions do not tell. */
export interface Makers {
  created?: Maker;
  updated?: Maker;
  /** Only while the task is paused. */
  paused?: Maker;
}

/** What of a task tells of its makers, and whether it is paused. */
interface Made {
  makers?: Makers;
  state: string;
  pausedReason: string | null;
  pausedUntil: number | null;
}

/** The makers of a task after a change by `maker`: one that pauses it stays until it is active again. */
export function makersAfter(before: Made, after: Made, maker: Maker): Makers {
  const { created, paused } = before.makers ?? {};
  // A pause may be given another reason or end: that is a pause of somebody else, then.
  const isNewPause =
    before.state !== 'paused' || before.pausedReason !== after.pausedReason || before.pausedUntil !== after.pausedUntil;
  const pauser = isNewPause ? maker : paused;
  return {
    ...(created && { created }),
    updated: maker,
    ...(after.state === 'paused' && pauser && { paused: pauser }),
  };
}
