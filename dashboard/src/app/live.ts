import { EVERY_MS } from '../api/queries.ts';
import { Store, useStore } from './store.ts';

/** Whether screens follow what happens; a viewer can hold them. */
export const isLive = new Store(true);

/** How screens learn what happens: they are told, they catch up with what they missed, or they ask again and again. */
export const following = new Store<'told' | 'catching-up' | 'asking'>('asking');

/** While changes are told, a query asks anew only lest anything be overlooked, in milliseconds. */
const SELDOM_MS = 30_000;

/** How often a query asks anew whose changes are told. */
export function useEvery(ms = EVERY_MS): number | false {
  const isTold = useStore(following) === 'told';
  return useAsking(isTold ? Math.max(ms, SELDOM_MS) : ms);
}

/** How often a query asks anew whose changes nobody tells. */
export const useAsking = (ms = EVERY_MS): number | false => (useStore(isLive) ? ms : false);

/** Of a list that was read further, the next pages are not read anew by themselves. */
const MOST_PAGES = 2;

interface Shown {
  state: { data?: unknown };
}

/** Whether no more pages of it were read than are read anew by themselves. What has no pages is short. */
export const isShort = ({ state }: Shown): boolean =>
  ((state.data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0) <= MOST_PAGES;

/** How often a list asks anew: not at all once it was read further. */
export const whileShort =
  (every: number | false) =>
  (shown: Shown): number | false =>
    isShort(shown) ? every : false;
