import { readdirSync, readFileSync } from 'node:fs';

/** Where Linux shows the threads of a process, and how the names of those begin on which the driver works. */
const THREADS = '/proc/self/task';
const DRIVERS = 'tokio-runtime';

/**
 * The threads of this process that have such a name: the driver runs the statements of readers on them, while those of
 * the engine run on the engine's own thread. None outside Linux.
 */
export function driverThreads(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync(THREADS).filter(isDriver).map(Number);
}

function isDriver(thread: string): boolean {
  try {
    return readFileSync(`${THREADS}/${thread}/comm`, 'utf8').startsWith(DRIVERS);
  } catch {
    // It has ended meanwhile.
    return false;
  }
}
