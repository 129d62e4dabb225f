// Builds the guide from docs into dist/guide. Only on demand, and for the image: no start waits for it, and no host application carries it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('../site/', import.meta.url));

function run(program, ...args) {
  const { status } = spawnSync(program, args, { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(`${cwd}node_modules/vitepress`))
  run('npm', 'ci', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline');
run(process.execPath, 'node_modules/vitepress/bin/vitepress.js', 'build', '.');
