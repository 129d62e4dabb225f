import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** How much source is read: whole repositories, but no heap of generated files. */
const MOST_FILES = 20_000;
const MOST_BYTES = 128 * 1024 * 1024;
const MOST_FILE_BYTES = 2 * 1024 * 1024;
const NOT_SOURCE = ['node_modules', 'dist', 'build', 'coverage'];

/** The TypeScript of a folder: its files by their paths within it, and those that are not read. */
export interface SourceTree {
  files: Map<string, string>;
  skipped: { path: string; reason: string }[];
}

/** @throws Error when there is too much of it */
export async function sourceTreeIn(folder: string): Promise<SourceTree> {
  const tree: SourceTree = { files: new Map(), skipped: [] };
  let bytes = 0;
  for await (const path of filesBelow(folder)) {
    const { size } = await stat(path);
    const name = relative(folder, path).replaceAll('\\', '/');
    if (size > MOST_FILE_BYTES) {
      tree.skipped.push({ path: name, reason: 'is larger than source code is' });
      continue;
    }
    bytes += size;
    if (tree.files.size >= MOST_FILES || bytes > MOST_BYTES) {
      throw new Error(
        `${folder} has more than ${MOST_FILES} files or ${MOST_BYTES / 1024 / 1024} MB of TypeScript; name a part of it`,
      );
    }
    tree.files.set(name, await readFile(path, 'utf8'));
  }
  return tree;
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!NOT_SOURCE.includes(entry.name) && !entry.name.startsWith('.')) yield* filesBelow(path);
    } else if (entry.isFile() && isSource(entry.name)) yield path;
  }
}

const isSource = (name: string): boolean =>
  name === 'tsconfig.json' || (/\.[cm]?tsx?$/.test(name) && !/\.d\.[cm]?ts$/.test(name));
