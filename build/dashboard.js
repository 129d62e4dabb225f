// Builds the dashboard into dist/dashboard/pages, unless what is there was built of the same sources. Without a network
// on a first start, the service starts without the pages: --demand makes that an error.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const folder = join(root, 'dashboard');
const stamp = join(root, 'dist/dashboard/pages/.sources');
const installedStamp = join(folder, 'node_modules/.lock');
const isDemanded = process.argv.includes('--demand');

const digest = (paths) => {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
};
const textOf = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

const SOURCES = ['dashboard/index.html', 'dashboard/vite.config.ts', 'dashboard/package-lock.json'];
const sources = readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
  .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
const state = digest([...SOURCES, ...sources.sort()]);

function run(args) {
  const { status, stdout, stderr, error } = spawnSync(args[0], args.slice(1), { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(error?.message ?? `${args.slice(0, 2).join(' ')} failed:\n${stdout}${stderr}`);
}

function install() {
  const lock = digest(['dashboard/package-lock.json']);
  if (textOf(installedStamp) === lock || existsSync(join(folder, 'node_modules/vitest'))) return;
  run(['npm', 'ci', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline']);
  writeFileSync(installedStamp, lock);
}

if (textOf(stamp) !== state) {
  try {
    console.log('The dashboard is built; that takes half a minute, once.');
    install();
    run([process.execPath, 'node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn']);
    writeFileSync(stamp, state);
  } catch (error) {
    console.error(`The dashboard could not be built: ${error.message}`);
    if (isDemanded) process.exitCode = 1;
    else console.error('The service starts without it.');
  }
}
