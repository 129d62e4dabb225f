import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const WANTED = 4;
const EVERY_MS = 2000;

test('three replicas report once between them, where they reported three times before', async () => {
  // The store is in the folder of the process, unless the module is told another one.
  const folder = await mkdtemp(join(tmpdir(), 'instead-'));
  const seen = new Map<number, number>();
  let enough: () => void;
  const done = new Promise<void>((settle) => (enough = settle));
  const replicas = [1, 2, 3].map(() => {
    const child = spawn(process.execPath, [resolve('dist/main.js')], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const turn = Math.floor(Number(line.split(' ')[1]) / EVERY_MS);
      seen.set(turn, (seen.get(turn) ?? 0) + 1);
      if (seen.size === WANTED) enough();
    });
    return child;
  });
  const ends = replicas.map((child) => once(child, 'exit'));
  await done;
  for (const child of replicas) child.kill('SIGTERM');
  await Promise.all(ends);
  await rm(folder, { recursive: true });
  assert.deepEqual([...new Set(seen.values())], [1]);
});
