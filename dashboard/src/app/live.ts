import { EVERY_MS } from '../api/queries.ts';
import { Store, useStore } from './store.ts';

/** Whether screens follow what happens; a viewer can hold them. */
export const isLive = new Store(true);

/** How often a query asks anew. */
export const useEvery = (ms = EVERY_MS): number | false => (useStore(isLive) ? ms : false);
