import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { faultsOf } from '../../domain/faults.js';
import { messageOf } from '../../domain/thrown.js';
import { triggerSchema } from '../../domain/trigger.js';
import { told } from '../terminal/amounts.js';
import { FailedError, UsageError } from '../terminal/exit.js';
import type { Terminal } from '../terminal/terminal.js';
import { definitionFileSchema, MOST_TASKS, type DefinitionFile, type SecretSource } from './file-schema.js';
import { documentsIn } from './yaml.js';

/** A task as files want it. */
export interface Wanted {
  key: string;
  /** The task to take over. */
  id?: string;
  /** Its definition as the service would show it, with the tags by which it is found again. */
  definition: Record<string, unknown>;
  secrets: Record<string, SecretSource>;
  where: string;
}

/** The tasks of one set. */
export interface WantedSet {
  name: string;
  tasks: Map<string, Wanted>;
}

const LARGEST_FILE = 16 * 1024 * 1024;
const EXTENSION = /\.(ya?ml|json)$/;

/** The tag of all tasks of a set, and of one of them. */
export const setTag = (set: string): string => `applied:${set}`;
export const keyTag = (set: string, key: string): string => `${setTag(set)}:${key}`;
export const isOwnTag = (tag: string): boolean => tag.startsWith('applied:');

/** Reads files, folders of them, and the standard input (`-`). @throws FailedError with all faults */
export async function wantedIn(paths: readonly string[], terminal: Terminal): Promise<WantedSet[]> {
  const sets = new Map<string, WantedSet>();
  const faults: string[] = [];
  for (const path of await filesOf(paths)) {
    const text = path === '-' ? await terminal.input() : await readText(path);
    for (const [index, value] of (await parsed(text, path)).entries()) {
      if (value === null) continue;
      const result = definitionFileSchema.safeParse(value);
      const where = index === 0 ? path : `${path}, document ${index + 1}`;
      if (result.success) add(sets, result.data, where, faults);
      else faults.push(...faultsOf(result.error).map(({ pointer = '', detail }) => `${where}: ${pointer}: ${detail}`));
    }
  }
  if (faults.length > 0) throw new FailedError(told(faults));
  if (sets.size === 0) throw new FailedError('There are no definitions in these files.');
  return [...sets.values()];
}

function add(
  sets: Map<string, WantedSet>,
  { set: name, tasks }: DefinitionFile,
  where: string,
  faults: string[],
): void {
  const set = sets.get(name) ?? { name, tasks: new Map<string, Wanted>() };
  sets.set(name, set);
  for (const [key, { id, secrets, triggers, tags, ...rest }] of Object.entries(tasks)) {
    const there = set.tasks.get(key);
    if (there) faults.push(`${where}: the key ${key} of the set ${name} is in ${there.where} as well`);
    const definition = {
      ...rest,
      triggers: triggers.map(plain),
      tags: [...tags.filter((tag) => !isOwnTag(tag)), setTag(name), keyTag(name, key)],
    };
    set.tasks.set(key, { key, definition, secrets, where: `${where}: ${key}`, ...(id !== undefined && { id }) });
  }
  if (set.tasks.size > MOST_TASKS) faults.push(`${where}: a set has at most ${MOST_TASKS} tasks`);
}

/** A trigger as the service would show it; one of a type that is not built in as it stands. */
function plain(trigger: unknown): unknown {
  const result = triggerSchema.safeParse(trigger);
  return result.success ? result.data : trigger;
}

async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const isFolder = path !== '-' && (await stat(path).catch(() => missing(path))).isDirectory();
    if (!isFolder) files.push(path);
    else
      files.push(
        ...(await readdir(path))
          .filter((name) => EXTENSION.test(name))
          .toSorted()
          .map((name) => join(path, name)),
      );
  }
  return files;
}

function missing(path: string): never {
  throw new UsageError(`There is no file ${path}.`);
}

async function readText(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > LARGEST_FILE) throw new FailedError(`${path} has more than ${LARGEST_FILE / 1024 / 1024} MB.`);
  return readFile(path, 'utf8');
}

async function parsed(text: string, path: string): Promise<unknown[]> {
  try {
    return path.endsWith('.json') ? [JSON.parse(text) as unknown] : await documentsIn(text);
  } catch (error) {
    if (error instanceof FailedError) throw error;
    throw new FailedError(`${path}: ${messageOf(error)}`);
  }
}
