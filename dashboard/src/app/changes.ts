import { useQueryClient, type Query, type QueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { silentSince } from '../api/client.ts';
import { followEvents } from '../api/event-stream.ts';
import { following, isLive, isShort } from './live.ts';
import { isUnseen, onSight } from './sight.ts';
import { useStore } from './store.ts';
import { Freshness, shownBy } from './told.ts';

const WAITS = [500, 1000, 2000];
/** The service sends a sign of life every 15 seconds. */
const MOST_SILENT_MS = 30_000;

/** Follows what changes while the page is seen and not held, and has what shows it read anew. */
export function useChanges(): void {
  const queries = useQueryClient();
  const isSeen = !useSyncExternalStore(onSight, isUnseen);
  const isFollowed = useStore(isLive) && isSeen;
  useEffect(() => {
    if (!isFollowed) return;
    const end = new AbortController();
    void follow(queries, end.signal);
    return () => end.abort();
  }, [queries, isFollowed]);
}

/** Has what shows a change read anew, until the signal. */
export async function follow(queries: QueryClient, signal: AbortSignal): Promise<void> {
  const freshness = new Freshness((keys) => {
    const reading = renew(queries, (query) => keys.has(String(query.queryKey[0])));
    for (const query of reading) void readOnceMore(query, freshness, signal);
  });
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
    onEvent: ({ id, type }) => {
      isRenewing = type === 'end';
      if (type === 'hello') {
        following.set('told');
        silentSince.set(null);
      }
      // Without a place to go on at, the service cannot tell what was missed.
      if (type === 'gap' || (type === 'hello' && isFirst)) renew(queries, () => true);
      else freshness.want(shownBy(type));
      if (id !== '') isFirst = false;
      return true;
    },
  });
  following.set('asking');
}

/** Has what is on the screen read anew, unless it is being read: that is answered. */
function renew(queries: QueryClient, concerns: (query: Query) => boolean): Query[] {
  const predicate = (query: Query): boolean => query.queryKey[0] !== 'me' && concerns(query) && isShort(query);
  const reading = queries.getQueryCache().findAll({ predicate, type: 'active', fetchStatus: 'fetching' });
  void queries.invalidateQueries({ predicate }, { cancelRefetch: false });
  return reading;
}

/** What is being read while a change is told may be as it was before: it is wanted once more after that. */
async function readOnceMore(query: Query, freshness: Freshness, signal: AbortSignal): Promise<void> {
  await query.promise?.catch(() => undefined);
  if (!signal.aborted) freshness.want([String(query.queryKey[0])]);
}
