import { createHash, randomFillSync } from 'node:crypto';

/** The latest instant that an id can hold (epoch ms). */
const LATEST_MS = 2 ** 48 - 1;

/** The first two groups of a UUID that sorts by `timeMs`. */
function timePart(timeMs: number): string {
  const time = Math.max(0, timeMs).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}

/**
 * Arranges 48 bits of time and 74 other bits as a UUID (RFC 9562), so that ids of one instant are adjacent in an index.
 */
function layOut(timeMs: number, bits: Buffer, version: 0 | 7 | 8): string {
  bits[0] = (bits[0]! & 0x0f) | (version << 4);
  bits[2] = (bits[2]! & 0x3f) | (version === 0 ? 0 : 0x80);
  const rest = bits.toString('hex');
  return `${timePart(timeMs)}-${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8, 20)}`;
}

const RANDOM_BYTES = 10;
/** Random bytes are fetched in blocks: a system call per id would cost more than the rest of it. */
const pool = Buffer.alloc(RANDOM_BYTES * 256);
let used = pool.length;

function randomBits(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool.subarray(used, (used += RANDOM_BYTES));
}

/** The smallest id of the instant `timeMs` or later. */
export const firstIdAt = (timeMs: number): string => layOut(Math.min(timeMs, LATEST_MS), Buffer.alloc(10), 0);

/** What every id looks like. */
export const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A new id that sorts by `nowMs` (UUID version 7). */
export const newId = (nowMs: number): string => layOut(nowMs, randomBits(), 7);

/** The instant (epoch ms) in an id. */
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

/** The constant id of `parts` at the instant `timeMs`, which may lie before 1970 (UUID version 8). */
export function derivedId(timeMs: number, ...parts: string[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([timeMs, ...parts]))
    .digest();
  return layOut(timeMs, digest.subarray(0, 10), 8);
}

/**
 * The id of the run for a task's occurrence. It derives from task and nominal time, so that no occurrence can start
 * twice (UUID version 8). After the nominal time come 12 bits of the time in the task's id, and the id's last 62 bits:
 * runs of one instant sort like tasks created in sequence, so that runs that are claimed together share index pages.
 */
export const occurrenceRunId = (taskId: string, scheduledFor: number): string =>
  `${timePart(scheduledFor)}-8${taskId.slice(9, 12)}-${taskId.slice(19)}`;

/** The id of the run that an event starts for a task: an event received twice starts one run. */
export const eventRunId = (taskId: string, eventId: string, receivedAt: number): string =>
  derivedId(receivedAt, 'event', taskId, eventId);

/** The id of the `nth` run that re-drives a finished run: callers that ask at the same time get the same run. */
export const retryRunId = ({ id, scheduledFor }: { id: string; scheduledFor: number }, nth = 1): string =>
  nth === 1 ? derivedId(scheduledFor, 'retry', id) : derivedId(scheduledFor, 'retry', id, String(nth));

/** A stable number for `id`, evenly spread over 0 to buckets - 1. */
export function bucketOf(id: string, buckets: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  // FNV-1a gives similar ids similar low bits; this mixes them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash >>> 0) % buckets;
}
