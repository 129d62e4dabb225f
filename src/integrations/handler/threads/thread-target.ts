import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ResourceLimits } from 'node:worker_threads';
import { SettingsError } from '../../../domain/errors.js';

/** Which function works in a thread, and what the thread may use. */
export interface ThreadOptions {
  /** The module, compiled: its URL or its absolute path. */
  module: URL | string;
  /** The name of the exported function. Default `default`. */
  export?: string;
  /** How much memory the thread may use, as in `node:worker_threads`; beyond it the thread is ended. */
  resourceLimits?: ResourceLimits;
}

/** A module whose default export is the function, or more about it. */
export type ThreadSource = URL | string | ThreadOptions;

/** The function of a thread, found. */
export interface ThreadTarget {
  module: string;
  exported: string;
  resourceLimits: ResourceLimits;
}

const LIMITS = ['maxOldGenerationSizeMb', 'maxYoungGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb'];

/** @throws SettingsError when it is not there */
export function threadTarget(handler: string, source: ThreadSource): ThreadTarget {
  const where = `The thread of the task handler ${JSON.stringify(handler)}`;
  const options = typeof source === 'string' || source instanceof URL ? { module: source } : source;
  const { module, export: exported = 'default', resourceLimits = {} } = options;
  const url = urlOf(module);
  if (!url) throw new SettingsError(`${where} needs a module by its URL (file:) or its absolute path.`);
  if (url.protocol === 'file:' && !existsSync(fileURLToPath(url)))
    throw new SettingsError(`${where} has no module at ${fileURLToPath(url)}: name the compiled file.`);
  if (typeof exported !== 'string' || exported === '')
    throw new SettingsError(`${where} needs the name of an export, as text.`);
  for (const [name, limit] of Object.entries(resourceLimits) as [string, unknown][]) {
    if (!LIMITS.includes(name)) throw new SettingsError(`${where}: ${name} is not among resourceLimits.`);
    if (typeof limit !== 'number' || !(limit > 0))
      throw new SettingsError(`${where}: resourceLimits.${name} must be a number above 0.`);
  }
  return { module: url.href, exported, resourceLimits };
}

function urlOf(module: unknown): URL | null {
  if (module instanceof URL || (typeof module === 'string' && /^(file|data):/.test(module))) {
    const url = new URL(module);
    return ['file:', 'data:'].includes(url.protocol) ? url : null;
  }
  return typeof module === 'string' && isAbsolute(module) ? pathToFileURL(module) : null;
}
