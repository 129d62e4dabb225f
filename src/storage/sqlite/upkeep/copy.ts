import { randomBytes } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Clock, Timer } from '../../../clock/clock.js';
import { codeOf } from '../../../domain/thrown.js';
import { toDisk } from '../../../settings/to-disk.js';
import { UpkeepRefusedError, type Progress, type WrittenFile } from '../../upkeep.js';
import { asStoreError } from '../sqlite-errors.js';
import { usableSchemaOf } from './schema-of.js';
import { quoted, WholeFile } from './whole-file.js';

const LOOK_MS = 250;
const FOR_OWNER = 0o600;

/**
 * Writes what a file holds at one instant into a new file, whole and checked, for its owner only, and resolves to what
 * `place` makes of its path. Whatever goes wrong, the new file is gone.
 */
export async function copied(
  source: string,
  target: string,
  { clock, progress = () => undefined }: { clock: Clock; progress?: Progress | undefined },
  place: (part: string) => Promise<void>,
): Promise<WrittenFile> {
  // To SQLite, a name that begins with "file:" is an address; a whole path never does.
  const part = `${resolve(target)}.${randomBytes(6).toString('hex')}.part`;
  try {
    await WholeFile.with(source, clock, async (file) => {
      await usableSchemaOf(file);
      const { bytes, free } = await file.size();
      await makeEmpty(part, target);
      const watch = watched(part, bytes - free, clock, progress);
      // It reads one state of the file: it waits for nobody, and nobody waits for it.
      await file.runWhenFree(`VACUUM INTO ${quoted(part)}`).finally(() => watch.cancel());
    });
    const schema = await WholeFile.with(part, clock, async (file) => {
      await file.check();
      return usableSchemaOf(file);
    });
    await toDisk(part);
    await place(part);
    await toDisk(dirname(target));
    return { path: target, bytes: (await stat(target)).size, schema: schema.version };
  } catch (error) {
    throw asStoreError(error, target);
  } finally {
    await rm(part, { force: true });
  }
}

/** Makes the new file before SQLite does, which would let others read it. @throws UpkeepRefusedError */
async function makeEmpty(part: string, target: string): Promise<void> {
  try {
    await (await open(part, 'wx', FOR_OWNER)).close();
  } catch (error) {
    const reason = codeOf(error) === 'ENOENT' ? 'its folder is not there' : String(codeOf(error));
    throw new UpkeepRefusedError(`The file ${target} cannot be made: ${reason}.`);
  }
}

/** What file systems say that know no second name of a file. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** Gives the file its name unless there is a file of this name. @throws UpkeepRefusedError */
export async function placeNew(part: string, target: string): Promise<void> {
  try {
    await link(part, target);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'EEXIST') throw new UpkeepRefusedError(`There is a file ${target} already.`);
    if (!NO_LINKS.includes(code)) throw error;
    await rename(part, target);
  }
}

/** Gives the file a name that another one may have. */
export const placeOver = (part: string, target: string): Promise<void> => rename(part, target);

/** Tells now and then how much of a file is there. */
function watched(path: string, total: number, clock: Clock, progress: Progress): Timer {
  const look = async (): Promise<void> => {
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    progress(Math.min(size, total), total);
  };
  const again = (): void => {
    void look();
    timer = clock.after(LOOK_MS, again);
  };
  let timer = clock.after(LOOK_MS, again);
  return { cancel: () => timer.cancel() };
}
