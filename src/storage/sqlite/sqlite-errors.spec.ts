import { describe, expect, it } from '@jest/globals';
import { StoreUnavailableError } from '../../domain/errors.js';
import { asStoreError, isBusy } from './sqlite-errors.js';

const coded = (code: string) => Object.assign(new Error('technical'), { code });

describe('asStoreError', () => {
  it.each([
    ['SQLITE_READONLY_DIRECTORY', 'read-only'],
    ['SQLITE_FULL', 'the disk is full'],
    ['SQLITE_IOERR_FSYNC', 'input/output error'],
    ['SQLITE_CORRUPT_VTAB', 'damaged'],
    ['SQLITE_BUSY_RECOVERY', 'another process keeps it locked'],
  ])('says what %s means and keeps the cause', (code, sentence) => {
    const cause = coded(code);
    const error = asStoreError(cause, 'data/tasks.db') as StoreUnavailableError;
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error.message).toMatch(/^The database data\/tasks\.db cannot be used: .*\.$/);
    expect(error.message).toContain(sentence);
    expect(error.cause).toBe(cause);
  });

  it.each([coded('SQLITE_CONSTRAINT_NOTNULL'), coded('SQLITE_ERROR'), new Error('other'), 'text', null])(
    'leaves %s as it is',
    (error) => {
      expect(asStoreError(error, 'data/tasks.db')).toBe(error);
    },
  );
});

describe('isBusy', () => {
  it('is true for what a moment later will work', () => {
    expect(['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED'].map((code) => isBusy(coded(code)))).toEqual([
      true,
      true,
      true,
    ]);
    expect([coded('SQLITE_FULL'), new Error('SQLITE_BUSY'), undefined].map(isBusy)).toEqual([false, false, false]);
  });
});
