import { useQueryClient, type Query, type QueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { silentSince } from '../api/client.ts';
import { followEvents } from '../api/event-stream.ts';
import { following, isLive } from './live.ts';
import { useStore } from './store.ts';
import { Freshness, shownBy } from './told.ts';

const WAITS = [500, 1000, 2000];
/** The service sends a sign of life every 15 seconds. */
const MOST_SILENT_MS = 30_000;
/** A page that nobody sees gives its connection back: browsers have few for one service. */
const HIDDEN_MS = 10_000;
/** Of a list that was read further, the next pages are not read anew. */
const MOST_PAGES = 2;

const onSight = (listener: () => void): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const change = (): void => {
    if (timer !== null) clearTimeout(timer);
    if (document.hidden) timer = setTimeout(() => setHidden(true), HIDDEN_MS);
    else setHidden(false);
  };
  const setHidden = (is: boolean): void => {
    isHidden = is;
    listener();
  };
  document.addEventListener('visibilitychange', change);
  return () => document.removeEventListener('visibilitychange', change);
};
let isHidden = false;

/** Follows what changes while the page is seen and not held, and has what shows it read anew. */
export function useChanges(): void {
  const queries = useQueryClient();
  const isSeen = !useSyncExternalStore(onSight, () => isHidden);
  const isFollowed = useStore(isLive) && isSeen;
  useEffect(() => {
    if (!isFollowed) return;
    const end = new AbortController();
    void follow(queries, end.signal);
    return () => end.abort();
  }, [queries, isFollowed]);
}

async function follow(queries: QueryClient, signal: AbortSignal): Promise<void> {
  const freshness = new Freshness((keys) => renew(queries, (query) => keys.has(String(query.queryKey[0]))));
  signal.addEventListener('abort', () => freshness.end());
  let isFirst = true;
  // The service tells itself when it is to be asked again: that is no break.
  let isRenewing = false;
  await followEvents({
    path: '/v1/changes',
    signal,
    waits: WAITS,
    mostSilentMs: MOST_SILENT_MS,
    onOpen: () => following.set('catching-up'),
    onBreak: () => {
      if (!isRenewing) following.set('asking');
      isRenewing = false;
    },
    onEvent: ({ type }) => {
      isRenewing = type === 'end';
      if (type === 'hello') {
        following.set('told');
        silentSince.set(null);
      }
      // Before the first word, nothing was told.
      if (type === 'gap' || (type === 'hello' && isFirst)) renew(queries, () => true);
      else freshness.want(shownBy(type));
      if (type === 'hello') isFirst = false;
      return true;
    },
  });
  following.set('asking');
}

/** Has what is on the screen read anew, unless it is being read. */
function renew(queries: QueryClient, concerns: (query: Query) => boolean): void {
  const isShort = (query: Query): boolean =>
    ((query.state.data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0) <= MOST_PAGES;
  const predicate = (query: Query): boolean => query.queryKey[0] !== 'me' && concerns(query) && isShort(query);
  void queries.invalidateQueries({ predicate }, { cancelRefetch: false });
}
