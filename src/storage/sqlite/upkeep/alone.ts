import type { Clock } from '../../../clock/clock.js';
import { UpkeepRefusedError } from '../../upkeep.js';
import { asStoreError, isBusy } from '../sqlite-errors.js';
import { WholeFile } from './whole-file.js';

/** A schema that no program knows. */
const UNUSABLE = 2_147_483_647;

/**
 * Does the work on a file that nobody else has open, and lets nobody open it meanwhile. All that is beside it is part of
 * it again.
 * @throws UpkeepRefusedError when another program has it open
 */
export async function alone<Result>(
  path: string,
  clock: Clock,
  work: (file: WholeFile) => Promise<Result>,
): Promise<Result> {
  return WholeFile.with(path, clock, async (file) => {
    try {
      // From here on, no lock is given back. The end of the log beside the file needs that nobody else has it open.
      await file.run('PRAGMA locking_mode = EXCLUSIVE');
      await file.run('PRAGMA journal_mode = DELETE');
      await file.run('BEGIN EXCLUSIVE');
      await file.run('COMMIT');
    } catch (error) {
      if (isBusy(error)) throw new UpkeepRefusedError(`${path} is in use. Stop the services that work with it first.`);
      throw asStoreError(error, path);
    }
    return work(file);
  });
}

/**
 * Makes a file that has lost its name unusable: a program that opened it before and waits for its lock would otherwise
 * write into it, and lose what it wrote.
 */
export async function spoil(file: WholeFile): Promise<void> {
  // Nothing of it may appear beside the file that has the name now.
  await file.run('PRAGMA journal_mode = MEMORY');
  await file.run(`PRAGMA user_version = ${UNUSABLE}`);
}
