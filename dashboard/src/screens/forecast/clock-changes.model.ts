import type { Schemas } from '../../api/client.ts';
import { lengthOf } from '../../time/format.ts';

type Change = Schemas['ClockChangeResponse'];
type Time = Schemas['AffectedTimeResponse'];

/** An offset such as "+05:30" or "-04:56:02" in milliseconds. */
export function offsetMs(offset: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = offset.slice(1).split(':').map(Number);
  return (offset.startsWith('-') ? -1000 : 1000) * (hours * 3600 + minutes * 60 + seconds);
}

/** What the clocks show, as in "02:30"; with seconds where there are any. */
const timeOfDay = (local: string): string => local.slice(11, 19).replace(/:00$/, '');

/** What the clocks do, as in "forward by 1 h: 02:00 to 03:00 is left out". */
export function movementOf({ at, before, after, kind }: Change): string {
  const [old, young] = [offsetMs(before), offsetMs(after)];
  const shown = (offset: number): string => timeOfDay(new Date(Date.parse(at) + offset).toISOString());
  const [from, to] = [Math.min(old, young), Math.max(old, young)].map(shown);
  const by = lengthOf(young - old);
  return kind === 'gap'
    ? `forward by ${by}: ${from} to ${to} is left out`
    : `back by ${by}: ${from} to ${to} comes twice`;
}

/** What becomes of an occurrence; the instants at which it runs follow. */
export function effectOf({ local, effect, at }: Time, change: Pick<Change, 'at'>): string {
  const isFirst = Date.parse(at[0] ?? '') < Date.parse(change.at);
  const which = {
    shifted: 'runs later',
    skipped: 'does not run',
    once: `runs once, the ${isFirst ? 'first' : 'second'} time`,
    twice: 'runs twice',
  }[effect];
  return `${timeOfDay(local)} ${which}`;
}
