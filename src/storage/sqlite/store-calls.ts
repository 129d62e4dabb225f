import type { Durability } from '../../settings/settings.js';

/** What the thread of a store is started with. */
export interface StoreThreadData {
  path: string;
  durability: Durability;
}

/** A method of the adapter at this place, to be called on the other thread. */
export interface StoreCall {
  id: number;
  place: number;
  method: string;
  values: unknown[];
}

/** What became of a call. An error loses its class on the way. */
export type StoreAnswer = { id: number; result: unknown } | { id: number; error: Error; isUnavailable: boolean };

/** Asks the thread to close its file and to end. */
export const CLOSE = 'close';
