import { mkdtempSync, rmSync, statfsSync } from 'node:fs';

/** A file system in memory, on Linux. It is often too small in containers. */
const IN_MEMORY = '/dev/shm';
const LEAST_BYTES = 4 * 1024 ** 3;

/** Lets the tests have their files in memory where there is room: most of their time with databases they wait for the disk. */
export function placeTemporaryFiles() {
  if (process.env.TMPDIR || !hasRoom()) return;
  // Inherited by every worker and every process that a test starts.
  process.env.TMPDIR = mkdtempSync(`${IN_MEMORY}/task-runner-tests-`);
  process.env.TEST_FILES = process.env.TMPDIR;
}

/** Removes what the tests have left of them. */
export function removeTemporaryFiles() {
  if (process.env.TEST_FILES) rmSync(process.env.TEST_FILES, { recursive: true, force: true });
}

function hasRoom() {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return bavail * bsize >= LEAST_BYTES;
  } catch {
    return false;
  }
}
