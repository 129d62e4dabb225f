import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';

const PROGRAM = fileURLToPath(new URL('./chatty-host.js', import.meta.url));
const ENCRYPTION_KEYS = `test:${randomBytes(32).toString('base64')}`;
/** The heap of the process, as in a small container. */
const HEAP = ['--max-old-space-size=400', '--max-semi-space-size=64'];
/** Together they log 480 MB at one instant. */
const TASKS = 120;

interface Line {
  ready?: true;
  started?: number;
  ended?: string;
  output?: number;
  logged?: 1;
  organization?: string;
  leftOut?: number;
}

describeOnEachStore('with 400 MB of heap a host', (open) => {
  let store: TemporaryStore;
  let host: ChildProcess;
  const lines: Line[] = [];
  let heard = (): void => undefined;
  beforeEach(async () => {
    store = await open();
    lines.length = 0;
    const options = { storeUrl: store.url, encryptionKeys: ENCRYPTION_KEYS, tasks: TASKS, everyMs: 5000 };
    host = spawn(process.execPath, [...HEAP, PROGRAM, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: host.stdout! }).on('line', (line) => {
      lines.push(JSON.parse(line) as Line);
      heard();
    });
    host.once('exit', () => heard());
  });
  afterEach(async () => {
    if (host.exitCode === null && host.kill('SIGKILL')) await once(host, 'exit');
    await store.drop();
  });

  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      if (host.exitCode !== null || host.signalCode !== null) throw new Error(`the process ended: ${host.exitCode}`);
      await new Promise<void>((resolve) => (heard = resolve));
    }
  };

  it('outlives handlers that log and return as much as they may, all at once, and others start', async () => {
    await until(() => lines.some(({ ready }) => ready));
    const begun = Date.now();
    const ended = () => lines.filter((line) => line.ended !== undefined);
    await until(() => ended().length >= TASKS);
    const seconds = (Date.now() - begun) / 1000;
    const starts = lines.filter(({ started }) => started !== undefined).length;
    const gaps = lines.filter(({ leftOut }) => leftOut !== undefined);
    const leftOut = gaps.reduce((sum, gap) => sum + gap.leftOut!, 0);
    process.stdout.write(
      `${expect.getState().currentTestName}: ${seconds.toFixed(0)} s, ${starts} starts, ${leftOut} lines left out\n`,
    );
    expect(starts).toBeGreaterThanOrEqual(Math.floor(seconds * 0.3) - 1);
    expect(leftOut).toBeGreaterThan(0);
    expect(gaps.every(({ organization }) => organization === 'hog')).toBe(true);
    await until(() => lines.filter(({ logged }) => logged).length >= starts);
    expect(ended().every((line) => line.ended === 'succeeded' && line.output === 65_000)).toBe(true);
  }, 90_000);
});
