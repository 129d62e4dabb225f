import { readFile } from 'node:fs/promises';
import { UsageError } from '../terminal/exit.js';
import type { Surroundings } from '../terminal/terminal.js';
import type { Wanted } from './wanted.js';

/** The values of secrets, from where a definition says that they are. @throws UsageError, which says no value */
export async function secretValues(
  { secrets, where }: Wanted,
  env: Surroundings['env'],
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, source] of Object.entries(secrets)) {
    const value = 'env' in source ? env[source.env] : await readSecret(source.file);
    if (value === undefined || value === '') {
      const named = 'env' in source ? `the variable ${source.env}` : `the file ${source.file}`;
      throw new UsageError(`${where}: the secret ${name} is missing: ${named} has none.`);
    }
    values[name] = value;
  }
  return values;
}

/** An editor ends the last line; a secret has no end of line. */
const readSecret = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.replace(/\r?\n$/, ''),
    () => undefined,
  );
