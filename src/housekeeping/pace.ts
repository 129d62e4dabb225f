/** The least pause between two writes that remove something (ms). */
const LEAST_MS = 10;
/** The longest: the end of an instance waits for it (ms). */
const MOST_MS = 500;

/**
 * How long to wait after such a write, which took `tookMs`: at least as long, so that the store is free for others half of
 * the time, however slow it is. In a large file each record that goes is a place of its own on the disk.
 */
export const pauseAfter = (tookMs: number): number => Math.min(MOST_MS, Math.max(LEAST_MS, tookMs));
