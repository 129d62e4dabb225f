import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from '@jest/globals';

const BIN = resolve(import.meta.dirname, '../../dist/bin.js');

it('the program of the package checks settings and starts nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-command-'));
  const settings = join(folder, 'settings.json');
  writeFileSync(settings, '{"storeUrl": "file:./tasks.db", "port": 0}');
  const call = (args: string[], env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, [BIN, 'config', ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], CONFIG_FILE: settings, ...env },
    });
  try {
    const fine = call(['check'], {});
    expect([fine.status, fine.stdout, fine.stderr]).toEqual([0, 'The settings are fine.\n', '']);
    const faulty = call(['check'], { CONCURRENCY: 'many', NODE_ENV: 'production' });
    expect([faulty.status, faulty.stdout]).toEqual([1, '']);
    expect(
      faulty.stderr.split('\n').filter((line) => /CONCURRENCY|JWT_SECRET|ENCRYPTION_KEYS/.test(line)).length,
    ).toBeGreaterThan(1);
    const printed = call(['print', '--redacted'], { JWT_SECRET: 'x'.repeat(40) });
    expect([printed.status, printed.stdout.includes('storeUrl: file:./tasks.db')]).toEqual([0, true]);
    expect(printed.stdout).not.toContain('xxx');
    expect(readdirSync(folder)).toEqual(['settings.json']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
