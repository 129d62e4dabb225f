import { createHash, randomFillSync } from 'node:crypto';

/** The latest instant of which an id can tell (epoch ms). */
const LATEST_MS = 2 ** 48 - 1;

/** The first two groups of a UUID that sorts by the instant `timeMs`. */
function timePart(timeMs: number): string {
  const time = Math.max(0, timeMs).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}

/** Lays out 48 bits of time and 74 further bits as a UUID (RFC 9562), so that ids of one time lie side by side in an index. */
function layOut(timeMs: number, bits: Buffer, version: 0 | 7 | 8): string {
  bits[0] = (bits[0]! & 0x0f) | (version << 4);
  bits[2] = (bits[2]! & 0x3f) | (version === 0 ? 0 : 0x80);
  const rest = bits.toString('hex');
  return `${timePart(timeMs)}-${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8, 20)}`;
}

const RANDOM_BYTES = 10;
/** Randomness is fetched by the page: asking the system for each id costs more than all else about it. */
const pool = Buffer.alloc(RANDOM_BYTES * 256);
let used = pool.length;

function randomBits(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool.subarray(used, (used += RANDOM_BYTES));
}

/** The least of all ids of the instant `timeMs` and later ones. */
export const firstIdAt = (timeMs: number): string => layOut(Math.min(timeMs, LATEST_MS), Buffer.alloc(10), 0);

/** A new id that sorts by the instant `nowMs` (UUID version 7). */
export const newId = (nowMs: number): string => layOut(nowMs, randomBits(), 7);

/** The id that always belongs to `parts` at the instant `timeMs`, which may lie before 1970 (UUID version 8). */
export function derivedId(timeMs: number, ...parts: string[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([timeMs, ...parts]))
    .digest();
  return layOut(timeMs, digest.subarray(0, 10), 8);
}

/**
 * The id of the run of a task's occurrence: task and nominal time, so that no occurrence can be started twice (UUID version
 * 8). Behind the nominal time come 12 bits of the time in the task's id and the last 62 bits of it: the runs of one instant
 * lie in an index as the tasks do that were made one after the other, so that those claimed together share its pages.
 */
export const occurrenceRunId = (taskId: string, scheduledFor: number): string =>
  `${timePart(scheduledFor)}-8${taskId.slice(9, 12)}-${taskId.slice(19)}`;

/** The id of the run that an event starts of a task, so that an event received twice starts it once. */
export const eventRunId = (taskId: string, eventId: string, receivedAt: number): string =>
  derivedId(receivedAt, 'event', taskId, eventId);

/** The id of the run that drives a failed one again, so that however often it is asked for there is one. */
export const retryRunId = ({ id, scheduledFor }: { id: string; scheduledFor: number }): string =>
  derivedId(scheduledFor, 'retry', id);

/** A stable number for `id`, evenly spread over 0 .. buckets - 1. */
export function bucketOf(id: string, buckets: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  // FNV-1a leaves the low bits of similar ids alike; this mixes them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash >>> 0) % buckets;
}
