import { StoreUnavailableError } from '../../domain/errors.js';

/** What is wrong with the file, by the first part of SQLite's result code. */
const REASONS: readonly [prefix: string, reason: string][] = [
  ['SQLITE_NOTADB', 'the file is not an SQLite database'],
  ['SQLITE_CORRUPT', 'the file is damaged'],
  ['SQLITE_READONLY', 'the file or its directory is read-only'],
  ['SQLITE_PERM', 'access to the file is denied'],
  ['SQLITE_CANTOPEN', 'the file cannot be opened or made; it must be a regular file in a writable directory'],
  ['SQLITE_BUSY', 'another process keeps it locked'],
  ['SQLITE_LOCKED', 'another process keeps it locked'],
  ['SQLITE_FULL', 'the disk is full'],
  ['SQLITE_IOERR', 'the disk reports an input/output error'],
  ['SQLITE_PROTOCOL', 'another process keeps it locked'],
];

function codeOf(error: unknown): string {
  // Not instanceof: what the driver's native part throws need not come from this realm.
  if (typeof error !== 'object' || error === null) return '';
  const { code, message } = error as { code?: unknown; message?: unknown };
  // A failed open has no code, only sqlite3_open's number 14 inside the message.
  if (typeof message === 'string' && message.startsWith('ConnectionFailed(')) return 'SQLITE_CANTOPEN';
  return typeof code === 'string' ? code : '';
}

/** Whether another connection holds what the statement needs, so that the same will work a moment later. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(codeOf(error));

/** The error as the rest of the program knows it; one that is not about the file stays as it is. */
export function asStoreError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  const known = REASONS.find(([prefix]) => code.startsWith(prefix));
  if (!known) return error;
  return new StoreUnavailableError(`The database ${path} cannot be used: ${known[1]}.`, { cause: error });
}
