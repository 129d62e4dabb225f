import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const WANTED = 5;

test('each second is reported once, though three replicas run and one of them leaves', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'replicas-'));
  const seen = new Map<string, number>();
  let enough: () => void;
  const done = new Promise<void>((settle) => (enough = settle));
  const start = (): ChildProcess => {
    const env = { ...process.env, STORE_URL: `file:${join(folder, 'tasks.db')}` };
    const child = spawn(process.execPath, [resolve('dist/main.js')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [, at] = line.split(' ');
      seen.set(at!, (seen.get(at!) ?? 0) + 1);
      if (seen.size === 2) leaving.kill('SIGTERM');
      if (seen.size === WANTED) enough();
    });
    return child;
  };
  const leaving = start();
  const staying = [start(), start()];
  const ends = [leaving, ...staying].map((child) => once(child, 'exit'));
  await done;
  for (const child of staying) child.kill('SIGTERM');
  await Promise.all(ends);
  await rm(folder, { recursive: true });
  assert.deepEqual([...new Set(seen.values())], [1]);
});
