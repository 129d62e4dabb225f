import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** A project with the packed package installed, and with the dependencies of this checkout. */
export interface HostProject {
  folder: string;
  /** The paths inside the package. */
  files: string[];
  /** Runs node in the project. Rejects with its error output when it fails. */
  node(...args: string[]): Promise<{ stdout: string; stderr: string }>;
}

/** Packs what `npm run build` made and unpacks it like an installation. The caller removes the folder. */
export async function installPacked(): Promise<HostProject> {
  const folder = await mkdtemp(join(tmpdir(), 'host-'));
  // Without scripts: packing would build again while other tests run the built service.
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [packed] = JSON.parse((await run('npm', pack, { cwd: root })).stdout) as [
    { filename: string; files: { path: string }[] },
  ];
  const target = join(folder, 'node_modules/scheduled-task-runner');
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', join(folder, packed.filename), '-C', target, '--strip-components=1']);
  await linkDependencies(folder);
  const node = (...args: string[]) => run(process.execPath, args, { cwd: folder });
  return { folder, files: packed.files.map(({ path }) => path), node };
}

async function linkDependencies(folder: string): Promise<void> {
  const source = join(root, 'node_modules');
  const names = (await readdir(source)).filter((name) => !name.startsWith('.') && name !== 'scheduled-task-runner');
  await Promise.all(names.map((name) => symlink(join(source, name), join(folder, 'node_modules', name))));
}
