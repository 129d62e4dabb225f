import type { Schemas } from '../api/client.ts';
import { lengthOf } from '../time/format.ts';

type Instance = Pick<Schemas['InstanceResponse'], 'eventLoopLagMs' | 'clockOffsetMs' | 'rssBytes'>;

interface Vital {
  sentence: string;
  isBad: boolean;
}

/** Starts are late by as much; what is below is not noticed. */
const HELD_UP_MS = 200;
/** Clocks that are further apart start tasks at different times. */
const APART_MS = 500;
const MB = 1_000_000;

/** How the process of an instance fares; one of an older version does not tell. */
export function vitalsOf({ eventLoopLagMs, clockOffsetMs, rssBytes }: Instance): Vital[] {
  const vitals: Vital[] = [];
  if (rssBytes !== null)
    vitals.push({ sentence: `${Math.round(rssBytes / MB).toLocaleString('en')} MB of memory`, isBad: false });
  if (eventLoopLagMs !== null) {
    const isBad = eventLoopLagMs > HELD_UP_MS;
    vitals.push({ sentence: `its code held it up for ${lengthOf(eventLoopLagMs)} at most`, isBad });
  }
  if (clockOffsetMs !== null) {
    const isBad = Math.abs(clockOffsetMs) > APART_MS;
    const side = clockOffsetMs > 0 ? 'behind' : 'ahead of';
    const sentence =
      clockOffsetMs === 0
        ? 'its clock is that of the store'
        : `its clock is ${lengthOf(clockOffsetMs)} ${side} the clock of the store`;
    vitals.push({ sentence, isBad });
  }
  return vitals;
}
