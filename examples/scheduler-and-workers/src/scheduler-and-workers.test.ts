import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const WANTED = 5;

test('workers run each second once; the scheduler runs nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'workers-'));
  const env = { ...process.env, STORE_URL: `file:${join(folder, 'tasks.db')}` };
  const seen = new Map<string, string[]>();
  let enough: () => void;
  let scheduled: () => void;
  const done = new Promise<void>((settle) => (enough = settle));
  const isScheduled = new Promise<void>((settle) => (scheduled = settle));
  const start = (program: string): ChildProcess => {
    const child = spawn(process.execPath, [resolve(`dist/${program}.js`)], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [word, at, , pid] = line.split(' ');
      if (word === 'scheduled') return scheduled();
      seen.set(at!, [...(seen.get(at!) ?? []), pid!]);
      if (seen.size === WANTED) enough();
    });
    return child;
  };
  const scheduler = start('scheduler');
  await isScheduled;
  const workers = [start('worker'), start('worker')];
  const ends = [scheduler, ...workers].map((child) => once(child, 'exit'));
  await done;
  for (const child of [scheduler, ...workers]) child.kill('SIGTERM');
  await Promise.all(ends);
  await rm(folder, { recursive: true });
  const pids = workers.map(({ pid }) => String(pid));
  for (const [at, by] of seen) assert.equal(by.length, 1, `${at} was reported ${by.length} times`);
  assert.ok([...seen.values()].flat().every((pid) => pids.includes(pid)));
});
