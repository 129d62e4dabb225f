import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

interface Report {
  timedOut: { state: string; tookMs: number };
  cancelled: string;
  added: { state: string; output: unknown };
  lateness: number[];
  endMs: number;
}

it('ends a computation without end at its time-out, on cancellation and with the application, and starts others on time', async () => {
  const program = fileURLToPath(new URL('application.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 50_000 });
  const { timedOut, cancelled, added, lateness, endMs } = JSON.parse(stdout.trim().split('\n').at(-1)!) as Report;
  expect([timedOut.state, cancelled, added]).toEqual([
    'timed_out',
    'cancelled',
    { state: 'succeeded', output: 500_500 },
  ]);
  expect(timedOut.tookMs).toBeLessThan(3000);
  // While a thread computed: half of the starts within milliseconds, whatever else the machine does.
  const sorted = lateness.toSorted((a, b) => a - b);
  expect(sorted.length).toBeGreaterThan(10);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(20);
  expect(endMs).toBeLessThan(300);
});
