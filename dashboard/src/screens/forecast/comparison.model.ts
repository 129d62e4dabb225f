import type { Schemas } from '../../api/client.ts';
import { lengthOf } from '../../time/format.ts';

type Compared = Pick<Schemas['ForecastComparisonResponse'], 'stepMs' | 'capacity' | 'before' | 'after'>;

const MINUTE_MS = 60_000;

interface Line {
  what: string;
  before: number;
  after: number;
}

/** What a plan changes, in numbers. */
export function linesOf({ stepMs, before, after }: Compared): Line[] {
  const of = (what: string, read: (load: Compared['before']) => number): Line => ({
    what,
    before: read(before),
    after: read(after),
  });
  return [
    of('in the busiest second', ({ busiestSecond }) => busiestSecond?.starts ?? 0),
    of(`in the busiest ${stepMs === MINUTE_MS ? 'minute' : lengthOf(stepMs)}`, ({ busiest }) => busiest?.starts ?? 0),
    of('in all', ({ starts }) => starts),
  ];
}

/** What would be more than the quota lets start; null where nothing is. */
export function excessIn({ stepMs, capacity: { startsPerMinute }, after: { busiest } }: Compared): string | null {
  if (startsPerMinute === null || !busiest || stepMs !== MINUTE_MS || busiest.starts <= startsPerMinute) return null;
  return `The quota lets ${startsPerMinute.toLocaleString('en')} start a minute: the others would wait.`;
}
