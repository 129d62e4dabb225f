/**
 * Loaded before a service (`node --import`), it tells how long the event loop was held at the most since it was last asked:
 * `GET http://127.0.0.1:$BLOCK_METER_PORT`. Counted is the CPU time of the thread, where the system tells it, so that what
 * else runs on the machine does not matter.
 */
import { openSync, readSync } from 'node:fs';
import { createServer } from 'node:http';
import { isMainThread } from 'node:worker_threads';

const SAMPLE_MS = 1;

/** Reads how long this thread was on a CPU so far, in milliseconds. */
function threadClock() {
  try {
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
    const bytes = Buffer.alloc(100);
    return () => Number(bytes.toString('latin1', 0, readSync(file, bytes, 0, 100, 0)).split(' ')[0]) / 1e6;
  } catch {
    return () => performance.now();
  }
}

function meter() {
  const read = threadClock();
  let [last, longest] = [read(), 0];
  const sample = () => {
    const now = read();
    longest = Math.max(longest, now - last);
    last = now;
  };
  setInterval(sample, SAMPLE_MS).unref();
  const server = createServer((_, response) => {
    sample();
    response.end(JSON.stringify({ ms: longest }));
    [longest, last] = [0, read()];
  });
  server.listen(Number(process.env.BLOCK_METER_PORT), '127.0.0.1').unref();
}

if (isMainThread && process.env.BLOCK_METER_PORT) meter();
