import { reasonOf } from '../domain/unreadable.js';
import type { IdempotencyRecord } from '../idempotency/idempotency.store.js';
import { isInstant, isText, orNone, readable, type Shape } from './shape.js';

const RECORD: Shape = { fingerprint: isText, begunAt: isInstant, answer: orNone(isText) };

/** What is known of an idempotency key; of a record that cannot be read, that there is one. */
export const readableRequest = (read: () => IdempotencyRecord): IdempotencyRecord =>
  readable(read, RECORD, (error) => ({ fingerprint: '', begunAt: 0, answer: null, unreadable: reasonOf(error) }));
