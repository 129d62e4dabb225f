import type { ReactNode } from 'react';
import { preferences } from '../app/preferences.ts';
import { useStore } from '../app/store.ts';
import { useNow } from '../time/clock.ts';
import { clockTime, dayOf, relative, wholeTime, zoneOf } from '../time/format.ts';

interface Instant {
  at: string;
  /** The zone of the task, where the instant is one of a task. */
  taskZone?: string | undefined;
}

const useZone = (taskZone: string | undefined): string | undefined => zoneOf(useStore(preferences).zone, taskZone);

/** An instant from now: how far, and the time of day, or only the day of one that is far. */
export function When({ at, taskZone, isDay = false }: Instant & { isDay?: boolean }): ReactNode {
  const now = useNow();
  const zone = useZone(taskZone);
  const ms = Date.parse(at);
  const isFar = Math.abs(ms - now) > 43_200_000;
  return (
    <time dateTime={at} title={`${wholeTime(ms, zone)} · ${at}`} className="when">
      <span>{relative(ms, now)}</span>{' '}
      <span className="muted">{!isFar ? clockTime(ms, zone) : isDay ? dayOf(ms, zone) : wholeTime(ms, zone)}</span>
    </time>
  );
}

/** An instant with its day and offset. */
export function At({ at, taskZone }: Instant): ReactNode {
  const zone = useZone(taskZone);
  return (
    <time dateTime={at} title={at} className="when">
      {wholeTime(Date.parse(at), zone)}
    </time>
  );
}
