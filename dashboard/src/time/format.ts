import type { ZoneChoice } from '../app/preferences.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(zone: string | undefined, isWhole: boolean): Intl.DateTimeFormat {
  const key = `${zone ?? ''}|${String(isWhole)}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    ...(zone !== undefined && { timeZone: zone }),
    ...(isWhole && { year: 'numeric', month: 'short', day: '2-digit', timeZoneName: 'shortOffset' }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  formats.set(key, made);
  return made;
}

/** The zone of a choice; undefined is that of the viewer. A zone that the browser lacks becomes UTC. */
export function zoneOf(choice: ZoneChoice, taskZone: string | undefined): string | undefined {
  if (choice === 'mine') return undefined;
  const zone = choice === 'task' ? (taskZone ?? 'UTC') : 'UTC';
  try {
    formatFor(zone, false);
    return zone;
  } catch {
    return 'UTC';
  }
}

/** The time of day. */
export const clockTime = (at: number, zone: string | undefined): string => formatFor(zone, false).format(at);

/** Day and month, and the time of day to the minute. */
export const dayTime = (at: number, zone: string | undefined): string => {
  const parts = new Map(
    formatFor(zone, true)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return `${parts.get('day')} ${parts.get('month')} ${parts.get('hour')}:${parts.get('minute')}`;
};

/** Day, time and offset. */
export const wholeTime = (at: number, zone: string | undefined): string => formatFor(zone, true).format(at);

/** The day of an instant, such as "30 Sept 2027". */
export const dayOf = (at: number, zone: string | undefined): string => wholeTime(at, zone).split(',', 1)[0]!;

/** The zone of the viewer by its name, such as "Europe/Berlin". */
export const ownZone = (): string => (own ??= Intl.DateTimeFormat().resolvedOptions().timeZone);

let own: string | undefined;

/** How far the viewer's zone, or the one given, is from UTC at an instant, such as "GMT+1". */
export const offsetAt = (at = Date.now(), zone?: string): string =>
  formatFor(zone, true)
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';

/** A length of time in its two largest units, such as "3 h 5 min". */
export function lengthOf(ms: number): string {
  const abs = Math.abs(ms);
  if (abs < 1000) return `${Math.round(abs)} ms`;
  if (abs < 10_000) return `${(abs / 1000).toFixed(1).replace('.0', '')} s`;
  const s = Math.floor(abs / 1000);
  if (s < 60) return `${s} s`;
  if (s < 3600) return two(Math.floor(s / 60), 'min', s % 60, 's');
  if (s < 86_400) return two(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min');
  return two(Math.floor(s / 86_400), 'd', Math.floor((s % 86_400) / 3600), 'h');
}

/** How late a run started; null where it has none: one that was backfilled was never meant to start at its time. */
export const latenessOf = ({ trigger, latenessMs }: { trigger: string; latenessMs: number | null }): number | null =>
  trigger === 'backfill' ? null : latenessMs;

const two = (a: number, unit: string, b: number, lesser: string): string =>
  b === 0 ? `${a} ${unit}` : `${a} ${unit} ${b} ${lesser}`;

/** From `now`, such as "in 5 s", "3 min 2 s ago". Below a second it is "now". */
export function relative(at: number, now: number): string {
  const ms = at - now;
  if (Math.abs(ms) < 1000) return 'now';
  const whole = lengthOf(Math.trunc(ms / 1000) * 1000).replace(/^(\d)\.\d s/, '$1 s');
  return ms > 0 ? `in ${whole}` : `${whole} ago`;
}
