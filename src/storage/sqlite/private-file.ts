import { chmod, open, stat } from 'node:fs/promises';

const FOR_OWNER = 0o600;
const FOR_OTHERS = 0o007;
/** The suffixes of the files of a database; SQLite creates them with the mode of the database. */
const BESIDE = ['', '-wal', '-shm', '-journal'];

/**
 * Makes a database private to its owner. A missing file is created with that mode, and files that everybody can read,
 * as older versions created them, are closed to others. A mode that somebody set for a group stays. Refusals of the
 * file system are left to SQLite, which reports them; another user's file is that user's responsibility.
 */
export async function makePrivate(path: string): Promise<void> {
  // An existing file is not opened: closing it would take away the locks that SQLite holds on it in this process, and
  // another process that closes the database would then remove the log from which this one reads.
  const file = await open(path, 'wx', FOR_OWNER).catch(() => undefined);
  await file?.close();
  for (const name of BESIDE) await close(path + name);
}

async function close(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || (found.mode & FOR_OTHERS) === 0) return;
  await chmod(path, FOR_OWNER).catch(() => undefined);
}
