import { chmod, open, stat } from 'node:fs/promises';

const FOR_OWNER = 0o600;
const FOR_OTHERS = 0o007;
/** What SQLite keeps beside a database; it gives these files the mode of the database when it makes them. */
const BESIDE = ['', '-wal', '-shm', '-journal'];

/**
 * Sees that a database is for its owner alone: a missing file is made so, and files that everybody can read, as older versions
 * made them, are closed. A mode that somebody has set for a group stays. What the file system refuses is left to SQLite, which
 * has words for it; another user's file is that user's to close.
 */
export async function makePrivate(path: string): Promise<void> {
  const file = await open(path, 'a', FOR_OWNER).catch(() => undefined);
  await file?.close();
  for (const name of BESIDE) await close(path + name);
}

async function close(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || (found.mode & FOR_OTHERS) === 0) return;
  await chmod(path, FOR_OWNER).catch(() => undefined);
}
