import { realpath, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Clock } from '../../../clock/clock.js';
import { SystemClock } from '../../../clock/system-clock.js';
import { makeFolder } from '../../../settings/make-folder.js';
import {
  type Progress,
  type Schema,
  type Shrunk,
  type StoreUpkeep,
  UpkeepRefusedError,
  type WrittenFile,
} from '../../upkeep.js';
import { alone, spoil } from './alone.js';
import { copied, placeNew, placeOver } from './copy.js';
import { missingObjects } from './missing-objects.js';
import { schemaOf } from './schema-of.js';
import { takeAfter } from './take-after.js';
import { WholeFile } from './whole-file.js';

interface Options {
  replace?: boolean;
  progress?: Progress;
}

/** Work on the file of an SQLite store as a whole. */
export class SqliteUpkeep implements StoreUpkeep {
  constructor(
    readonly path: string,
    private readonly clock: Clock = new SystemClock(),
  ) {}

  async backup(target: string, { replace = false, progress }: Options = {}): Promise<WrittenFile> {
    await refuseSame(this.path, target);
    if (!replace) await refuseExisting(target);
    await refuseLeftovers(target, (log) => `Beside ${target} is a log, ${log}, which SQLite would take for its own.`);
    return copied(this.path, target, { clock: this.clock, progress }, (part) =>
      replace ? placeOver(part, target) : placeNew(part, target),
    );
  }

  async restore(source: string, { replace = false, progress }: Options = {}): Promise<WrittenFile> {
    const { clock } = this;
    await refuseSame(this.path, source);
    await makeFolder(dirname(this.path));
    const isThere = await exists(this.path);
    if (isThere && !replace) throw new UpkeepRefusedError(`There is a store in ${this.path}. --force replaces it.`);
    // A link to the store stays one.
    const path = isThere ? await realpath(this.path) : this.path;
    // Before the copy is made, which may take long.
    if (isThere) await alone(path, clock, async () => undefined);
    else await refuseLeftovers(path, (log) => `There is no store in ${path}, but its log ${log}.`);
    return copied(source, path, { clock, progress }, async (part) => {
      if (!isThere) return placeNew(part, path);
      await alone(path, clock, async (former) => {
        await takeAfter(part, path);
        await placeOver(part, path);
        await spoil(former);
      });
    });
  }

  async vacuum({ online = false }: { online?: boolean } = {}): Promise<Shrunk> {
    const { path, clock } = this;
    const work = async (file: WholeFile): Promise<Shrunk> => {
      await schemaOf(file);
      const { bytes: before, free } = await file.size();
      // The new pages are written beside the old ones, and once more into the log.
      await refuseFullDisk(path, (before - free) * 2);
      // The driver would keep all of the new file in memory.
      await file.run('PRAGMA temp_store = FILE');
      await file.runWhenFree('VACUUM');
      if (online) await file.runWhenFree('PRAGMA wal_checkpoint(TRUNCATE)');
      return { before, after: (await stat(path)).size };
    };
    return online ? WholeFile.with(path, clock, work) : alone(path, clock, work);
  }

  schema(): Promise<Schema> {
    return WholeFile.with(this.path, this.clock, schemaOf);
  }

  missing(): Promise<string[]> {
    return WholeFile.with(this.path, this.clock, missingObjects);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function refuseExisting(target: string): Promise<void> {
  if (await exists(target)) throw new UpkeepRefusedError(`There is a file ${target} already. --force replaces it.`);
}

async function refuseSame(store: string, other: string): Promise<void> {
  const [one, two] = await Promise.all([store, other].map((path) => stat(path).catch(() => null)));
  const isSame = one && two ? one.ino === two.ino && one.dev === two.dev : resolve(store) === resolve(other);
  if (isSame) throw new UpkeepRefusedError(`${other} is the store itself.`);
}

/** SQLite would take the log of a database that is gone for that of the new one. */
async function refuseLeftovers(path: string, sentence: (log: string) => string): Promise<void> {
  for (const name of [`${path}-wal`, `${path}-journal`]) {
    if (await exists(name)) throw new UpkeepRefusedError(`${sentence(name)} Move that away first.`);
  }
}

async function refuseFullDisk(path: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize >= needed) return;
  const inMb = (bytes: number): number => Math.ceil(bytes / 1_000_000);
  throw new UpkeepRefusedError(
    `The disk of ${path} has ${inMb(bavail * bsize)} MB free, and this takes up to ${inMb(needed)} MB. A backup on another disk, restored in place of the store, is as small.`,
  );
}
