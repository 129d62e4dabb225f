import { randomBytes } from 'node:crypto';
import { link, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SettingsError } from '../domain/errors.js';
import { makeFolder } from '../settings/make-folder.js';
import { toDisk } from '../settings/to-disk.js';
import { KEY_BYTES } from './key-ring.js';

/**
 * The 32-byte key in the file at `path`; creates the file (mode 0600) when it is missing. When several processes come
 * first at the same time, one creates it and all resolve to the same key. Rejects with a `SettingsError` when the file
 * is not a key or cannot be created.
 */
export async function generatedKey(path: string): Promise<Buffer> {
  return (await readKey(path)) ?? (await createKey(path));
}

async function readKey(path: string): Promise<Buffer | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new SettingsError(`The key file ${path} cannot be read (${error.code ?? error.message}).`);
  });
  if (text === null) return null;
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES) throw new SettingsError(`The file ${path} does not hold ${KEY_BYTES} bytes in base64.`);
  return key;
}

async function createKey(path: string): Promise<Buffer> {
  await writeKey(path).catch((error: NodeJS.ErrnoException) => {
    throw new SettingsError(`The key file ${path} cannot be created (${error.code ?? error.message}).`, {
      cause: error,
    });
  });
  const key = await readKey(path);
  if (!key) throw new SettingsError(`The key file ${path} was deleted while it was read.`);
  return key;
}

/** Writes the whole key to a draft file first: readers see no key or all of it, even after a crash. */
async function writeKey(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  await makeFolder(dirname(path));
  await writeDurably(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
  try {
    await link(draft, path);
    await toDisk(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
