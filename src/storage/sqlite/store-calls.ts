import type { Durability } from '../../settings/settings.js';
import type { KeepOrder } from '../renewal.js';

/** What the thread of a store is started with. */
export interface StoreThreadData {
  path: string;
  durability: Durability;
  /** Whether it is for readers only. */
  isForReading: boolean;
}

/** A method of the adapter at this place, to be called on the other thread. */
export interface StoreCall {
  id: number;
  place: number;
  method: string;
  values: unknown[];
}

/** An error by its parts: its class and its cause do not cross from one thread to another. */
export interface StoreFailure {
  isUnavailable: boolean;
  message: string;
  stack: string;
}

/** Whose locks the thread of the store is to renew from now on; null for nobody's. */
export interface StoreKeeping {
  keep: KeepOrder | null;
  memory: SharedArrayBuffer;
}

/** What became of a call. */
export type StoreAnswer = { id: number } & ({ result: unknown } | { failure: StoreFailure });

/** Asks the thread to close its file and to end. */
export const CLOSE = 'close';
