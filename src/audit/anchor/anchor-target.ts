import type { AnchoredHead } from './anchored-head.js';

/** The injection token of the places outside of the store where heads of trails are kept. */
export const ANCHOR_TARGETS = Symbol('ANCHOR_TARGETS');

/** Why a place is not waited for any longer. */
export const noAnswer = (): Error => new Error('It does not answer.');

/** A place outside of the store where heads of trails are kept. */
export interface AnchorTarget {
  readonly kind: 'file' | 'url';
  /** Its name in the log; shows no credentials. */
  readonly name: string;

  /** Keeps the heads, beside those that are there. */
  put(heads: readonly AnchoredHead[], signal: AbortSignal): Promise<void>;

  /** What is kept of the organization, whoever put it there: the newest ones, up to some thousands. Rejects where it does not answer. */
  read(organization: string, signal: AbortSignal): Promise<unknown[]>;

  close(): Promise<void>;
}
