import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const folder = new URL('.', import.meta.url).pathname.replace(/\/$/, '');
export const document = join(folder, '..', '..', 'openapi.json');
const python = join(folder, '.venv');

/** Runs a command in the folder of the tools and waits for its end. Rejects when it fails. */
export async function run(command, args, env = {}) {
  const child = spawn(command, args, { cwd: folder, stdio: 'inherit', env: { ...process.env, ...env } });
  const code = await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
  if (code !== 0) throw new Error(`${command.split('/').at(-1)} ${args[0] ?? ''} ended with ${code}.`);
}

export const nodeTool = (name, args, env) => run(join(folder, 'node_modules', '.bin', name), args, env);
export const pythonTool = (name, args, env) => run(join(python, 'bin', name), args, env);

export async function installNodeTools() {
  await run('npm', ['ci', '--no-audit', '--no-fund', '--silent']);
}

/** Resolves to whether there is a Python that can run the tools. */
export async function installPythonTools() {
  const works = spawnSync('python3', ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))']);
  if (works.status !== 0) return false;
  if (!existsSync(python)) await run('python3', ['-m', 'venv', python]);
  await pythonTool('pip', ['install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt']);
  return true;
}
