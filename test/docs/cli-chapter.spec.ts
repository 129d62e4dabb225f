import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/terminal/exit.js';
import { ServiceProcess, tokenFor } from '../e2e/service-process.js';
import { tablesOf } from './markdown-tables.js';

const BIN = resolve(import.meta.dirname, '../../dist/bin.js');
const text = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!);

let folder: string;
let service: ServiceProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-chapter-'));
  const program = join(folder, 'scheduled-task-runner');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
  chmodSync(program, 0o755);
  service = await ServiceProcess.start(`file:${join(folder, 'tasks.db')}`);
});
afterAll(async () => {
  await service.killHard();
  rmSync(folder, { recursive: true });
});

it('the blocks of docs/cli.md run as they stand', async () => {
  expect(blocks.length).toBeGreaterThanOrEqual(5);
  const env = {
    PATH: `${folder}:${dirname(process.execPath)}:${process.env['PATH']}`,
    HOME: folder,
    TASK_RUNNER_URL: service.url,
    TASK_RUNNER_TOKEN: tokenFor('default'),
  };
  const { stdout } = await promisify(execFile)('bash', ['-c', ['set -euo pipefail', ...blocks].join('\n')], {
    env,
    cwd: folder,
  });
  expect(stdout).toContain('+ create shop/nightly-report (nightly report)');
  expect(stdout).toContain('0 to create, 0 to change, 0 to delete, 1 the same.');
  expect(stdout).toContain('Nothing is overdue.');
});

it('the table of exit codes has each code', () => {
  const [codes] = tablesOf(text, ['What comes out']);
  expect(codes!.map((row) => Number(row['exit code']))).toEqual(
    [...Object.values(EXIT)].toSorted((one, other) => one - other),
  );
});
