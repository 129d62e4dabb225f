import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

export const BIN = resolve(import.meta.dirname, '../../dist/bin.js');

export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Calls the program of the package as a process of its own. */
export async function call(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input = '',
  cwd?: string,
): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { PATH: process.env['PATH'], HOME: '/nowhere', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd,
  });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (texts.out += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (texts.err += part));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...texts };
}
