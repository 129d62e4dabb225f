import type { Durability } from '../../settings/settings.js';
import type { PortName } from '../ports.js';
import type { KeepOrder } from '../renewal.js';

/** What a store thread gets at its start. */
export interface StoreThreadData {
  path: string;
  durability: Durability;
  /** Whether the thread is for readers only. */
  isForReading: boolean;
  /** Threads that are named like the driver's, and belong to others (see `driverThreads`). */
  foreign: readonly number[];
}

/** A method of a port, to be called on the other thread. */
export interface StoreCall {
  id: number;
  port: PortName;
  method: string;
  values: unknown[];
}

/** An error in parts: its class and cause cannot be passed between threads. */
export interface StoreFailure {
  kind: 'unavailable' | 'too-broad' | 'other';
  message: string;
  stack: string;
}

/** The owner whose locks the store thread renews from now on; null for nobody. */
export interface StoreKeeping {
  keep: KeepOrder | null;
  memory: SharedArrayBuffer;
}

/** The result of a call. */
export type StoreAnswer = { id: number } & ({ result: unknown } | { failure: StoreFailure });

/** Tells the thread to close its file and to end. */
export const CLOSE = 'close';
