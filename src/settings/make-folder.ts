import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** For the owner alone: what lies in folders of the service's own making is nobody else's to read. */
const MODE = 0o700;

/**
 * Makes the folder and those above it that are missing, for their owner alone; one that is there already stays as it is. Rejects with the first
 * error of the file system. Node's recursive mkdir never returns where a folder can have no new ones, such as `/proc`.
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
