import { readFileSync } from 'node:fs';
import { SettingsError } from '../domain/errors.js';

/** The file with every setting; part of the package. */
export const SETTINGS_FILE = new URL('../../config/default.yaml', import.meta.url);

/** The text of the settings file. Throws a SettingsError when it cannot be read. */
export function readSettingsFile(file: URL | string = SETTINGS_FILE): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError(`The settings file ${String(file)} cannot be read.`, { cause: error });
  }
}
