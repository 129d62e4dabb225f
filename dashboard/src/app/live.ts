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
