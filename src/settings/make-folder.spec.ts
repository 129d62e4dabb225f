import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeFolder } from './make-folder.js';

describe('makeFolder', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'make-folder-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const isFolder = async (path: string) => (await stat(path)).isDirectory();

  it('makes every folder that is missing, and leaves what is there', async () => {
    const path = join(folder, 'a', 'b', 'c');
    await makeFolder(path);
    await writeFile(join(path, 'kept'), '');
    await makeFolder(path);
    expect([await isFolder(path), existsSync(join(path, 'kept'))]).toEqual([true, true]);
  });

  it('makes them for their owner alone, and leaves the mode of what is there', async () => {
    const mode = async (path: string) => (await stat(path)).mode & 0o777;
    await mkdir(join(folder, 'old'), { mode: 0o755 });
    await makeFolder(join(folder, 'old', 'a', 'b'));
    expect(await Promise.all(['old', 'old/a', 'old/a/b'].map((name) => mode(join(folder, name))))).toEqual([
      0o755, 0o700, 0o700,
    ]);
  });

  it('takes relative paths', async () => {
    const path = join(folder, 'x', 'y');
    await makeFolder(relative(process.cwd(), path));
    await makeFolder('.');
    expect(await isFolder(path)).toBe(true);
  });

  it('accepts a link to a folder', async () => {
    await symlink(folder, join(folder, 'link'));
    await makeFolder(join(folder, 'link', 'inside'));
    expect(await isFolder(join(folder, 'inside'))).toBe(true);
  });

  it('lets many make the same one at once', async () => {
    const path = join(folder, 'p', 'q', 'r');
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(path)));
    expect(await isFolder(path)).toBe(true);
  });

  it('rejects where the file system takes no new folder', async () => {
    await expect(makeFolder('/proc/nowhere/data')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('rejects at and under a regular file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(file, 'data', 'deeper'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});
