import { openSync, readSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** The machine on which the figures were measured, and when. */
export function describeMachine(began, ended) {
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const minutes = Math.round((ended - began) / 60_000);
  return [
    `${cpus().length} × ${model.trim()}, ${memory} GiB, Linux ${release()}, Node ${process.version}`,
    `${began.toISOString().slice(0, 10)}, ${minutes} minutes, load at the end ${loadavg()[0].toFixed(1)}`,
  ];
}

/** How long this thread has been on a CPU (ms); undefined where the system does not tell. */
function threadClock() {
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
    const bytes = Buffer.alloc(100);
    return () => Number(bytes.toString('latin1', 0, readSync(file, bytes, 0, 100, 0)).split(' ')[0]) / 1e6;
  } catch {
    return undefined;
  }
}

/**
 * Watches how long the main thread computes between two turns of its event loop, whatever else the machine does. Returns a
 * function that ends it, and tells the longest time (ms).
 */
export function longestOnCpu() {
  const read = threadClock();
  if (!read) return () => undefined;
  let [last, longest, isOn] = [read(), 0, true];
  const look = () => {
    longest = Math.max(longest, read() - last);
    last = read();
    if (isOn) setImmediate(look);
  };
  setImmediate(look);
  return () => {
    isOn = false;
    return longest;
  };
}
