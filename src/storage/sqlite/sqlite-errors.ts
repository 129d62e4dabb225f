import { StoreUnavailableError } from '../../domain/errors.js';

/** The fault of the file, by the first part of SQLite's result code. */
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
  ['SQLITE_INTERRUPT', 'it is being closed'],
];

function codeOf(error: unknown): string {
  // Not instanceof: errors from the driver's native part may come from another realm.
  if (typeof error !== 'object' || error === null) return '';
  const { code, message } = error as { code?: unknown; message?: unknown };
  // A failed open has no code, only sqlite3_open's number 14 inside the message.
  if (typeof message === 'string' && message.startsWith('ConnectionFailed(')) return 'SQLITE_CANTOPEN';
  return typeof code === 'string' ? code : '';
}

/** Whether another connection blocks the statement, so that a retry will work shortly. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(codeOf(error));

/** Whether the statement was interrupted from outside. */
export const isInterrupted = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_INTERRUPT');

/** The error in the program's own terms; an error that does not concern the file stays unchanged. */
export function asStoreError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  const known = REASONS.find(([prefix]) => code.startsWith(prefix));
  if (!known) return error;
  return new StoreUnavailableError(`The database ${path} cannot be used: ${known[1]}.`, { cause: error });
}
