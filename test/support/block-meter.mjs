/**
 * Loaded before a service (`node --import`), it measures the longest time for which the event loop was held since the
 * last request to `http://127.0.0.1:$BLOCK_METER_PORT`. It counts the CPU time of the main thread, if the system
 * reports it, so that other work on the machine does not matter.
 * The time before the process turns to its store, which it spends loading code, does not count.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { openSync, readSync } from 'node:fs';
import { createServer } from 'node:http';
import { isMainThread } from 'node:worker_threads';

const SAMPLE_MS = 1;

/** Returns a function that reads how long this thread has been on a CPU, in milliseconds. */
function threadClock() {
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
    const bytes = Buffer.alloc(100);
    return () => Number(bytes.toString('latin1', 0, readSync(file, bytes, 0, 100, 0)).split(' ')[0]) / 1e6;
  } catch {
    return () => performance.now();
  }
}

/** Calls `turned` when the process turns to its store: to the thread of an embedded store, or to a server. */
function onStore(turned) {
  const connected = () => {
    unsubscribe('net.client.socket', connected);
    turned();
  };
  subscribe('net.client.socket', connected);
  process.once('worker', turned);
}

function meter() {
  const read = threadClock();
  let [last, longest] = [read(), 0];
  const sample = () => {
    const now = read();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const reset = () => ([longest, last] = [0, read()]);
  onStore(reset);
  setInterval(sample, SAMPLE_MS).unref();
  const server = createServer((_, response) => {
    sample();
    response.end(JSON.stringify({ ms: longest }));
    reset();
  });
  server.listen(Number(process.env.BLOCK_METER_PORT), '127.0.0.1').unref();
}

if (isMainThread && process.env.BLOCK_METER_PORT) meter();
