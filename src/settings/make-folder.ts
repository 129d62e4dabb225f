import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** For the owner only: nobody else may read folders that the service created. */
const MODE = 0o700;

/**
 * Creates the folder and its missing parents, for their owner only; an existing folder stays unchanged. Rejects with
 * the first error of the file system. Node's recursive mkdir never returns for folders that accept no new entries, such
 * as `/proc`.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent);
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, MODE);
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST' && (await stat(path)).isDirectory();
    if (!isThere) throw error;
  }
}
