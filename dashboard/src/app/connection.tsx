import type { ReactNode } from 'react';
import { silentSince } from '../api/client.ts';
import { clockTime, ownZone, zoneOf } from '../time/format.ts';
import { useNow } from '../time/clock.ts';
import { preferences } from './preferences.ts';
import { following, isLive } from './live.ts';
import { useStore } from './store.ts';

const WORDS = {
  told: ['good', 'live'],
  'catching-up': ['odd', 'catching up'],
  asking: ['good', 'live, every 5 s'],
} as const;

/** Says plainly how old what is shown can be. */
export function Connection(): ReactNode {
  const since = useStore(silentSince);
  const live = useStore(isLive);
  const how = useStore(following);
  const zone = zoneOf(useStore(preferences).zone, undefined);
  const [tone, text] =
    since !== null ? ['bad', `stale since ${clockTime(since, zone)}`] : live ? WORDS[how] : ['odd', 'frozen'];
  return (
    <span className={`connection ${tone}`} role="status">
      <span aria-hidden="true" className="dot" />
      {text}
    </span>
  );
}

/** The time of the service. */
export function ServerClock(): ReactNode {
  const zone = zoneOf(useStore(preferences).zone, undefined);
  return (
    <span
      className="server-clock"
      title={zone === undefined ? 'The time of the service, in your zone' : 'The time of the service'}
    >
      {clockTime(useNow(), zone)} <span className="roomy">{zone ?? ownZone()}</span>
    </span>
  );
}
