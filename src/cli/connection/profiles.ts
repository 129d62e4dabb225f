import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf } from '../../domain/thrown.js';
import { makeFolder } from '../../settings/make-folder.js';
import { UsageError } from '../terminal/exit.js';
import type { Surroundings } from '../terminal/terminal.js';

/** A service, and who one is there. */
export interface Profile {
  url: string;
  token?: string;
}

interface Stored {
  /** The name of the profile that is used unless another one is named. */
  current: string | null;
  profiles: Record<string, Profile>;
}

const FOR_OWNER = 0o600;
const OF_OTHERS = 0o077;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MOST_PROFILES = 100;

/** The services that somebody uses, in a file of which others can read nothing. */
export class Profiles {
  private constructor(
    readonly path: string,
    private readonly stored: Stored,
  ) {}

  /** @throws UsageError when others can read the file, or it is not what it should be */
  static async read(env: Surroundings['env']): Promise<Profiles> {
    const folder = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
    const path = env['TASK_RUNNER_PROFILES'] || join(folder, 'scheduled-task-runner', 'profiles.json');
    return new Profiles(path, await storedIn(path));
  }

  get current(): string | null {
    return this.stored.current;
  }

  get names(): string[] {
    return Object.keys(this.stored.profiles).toSorted();
  }

  /** @throws UsageError when there is none of this name */
  get(name: string): Profile {
    const { profiles } = this.stored;
    if (!Object.hasOwn(profiles, name)) throw new UsageError(`There is no profile ${JSON.stringify(name)}.`);
    return profiles[name]!;
  }

  /** Adds or replaces one; the first is used unless another one is named. @throws UsageError */
  set(name: string, profile: Profile): Promise<void> {
    if (!NAME.test(name))
      throw new UsageError('A profile has a name of letters, digits, ".", "_" and "-", at most 64.');
    const { profiles, current } = this.stored;
    if (!Object.hasOwn(profiles, name) && this.names.length >= MOST_PROFILES)
      throw new UsageError(`There are ${MOST_PROFILES} profiles already.`);
    return this.write({ current: current ?? name, profiles: { ...profiles, [name]: profile } });
  }

  /** @throws UsageError */
  use(name: string): Promise<void> {
    this.get(name);
    return this.write({ ...this.stored, current: name });
  }

  /** @throws UsageError */
  remove(name: string): Promise<void> {
    this.get(name);
    const { [name]: _, ...profiles } = this.stored.profiles;
    return this.write({ profiles, current: this.current === name ? null : this.current });
  }

  private async write(stored: Stored): Promise<void> {
    await makeFolder(dirname(this.path));
    // A name that nobody can know before, so that the file is made here, for its owner alone.
    const next = `${this.path}.${randomBytes(6).toString('hex')}.new`;
    try {
      await writeFile(next, `${JSON.stringify(stored, null, 2)}\n`, { mode: FOR_OWNER, flag: 'wx' });
      await rename(next, this.path);
    } finally {
      await rm(next, { force: true });
    }
  }
}

async function storedIn(path: string): Promise<Stored> {
  try {
    const { mode } = await stat(path);
    if (process.platform !== 'win32' && (mode & OF_OTHERS) !== 0) {
      throw new UsageError(`Others can read ${path}, which holds tokens. Run: chmod 600 ${path}`);
    }
    return checked(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { current: null, profiles: {} };
    if (error instanceof UsageError) throw error;
    // The parser's message quotes the text.
    throw new UsageError(`The profiles in ${path} cannot be read.`);
  }
}

function checked(value: unknown): Stored {
  const { current, profiles } = value as Stored;
  const isProfile = ({ url, token }: Profile): boolean =>
    typeof url === 'string' && (token === undefined || typeof token === 'string');
  if (current !== null && typeof current !== 'string') throw new Error('no profiles');
  if (!Object.values(profiles).every(isProfile)) throw new Error('no profiles');
  return { current, profiles };
}
