import { readFileSync, statSync } from 'node:fs';
import { VARIABLES } from './variables.js';

/** The variables that hold secrets, or addresses with passwords: each can be read from a file, `…_FILE` names it. */
export const SECRET_VARIABLES = [
  'STORE_URL',
  'JWT_SECRET',
  'ENCRYPTION_KEYS',
  'OUTGOING_PROXY_URL',
  'REDIS_URL',
  'KAFKA_PASSWORD',
  'EXECUTION_ENGINE_URL',
  'NOTIFICATION_URL',
  'REPORTING_URL',
  'AUDIT_URL',
  'AUDIT_ANCHOR_URL',
  'SMTP_URL',
] as const;

const SUFFIX = '_FILE';
const LARGEST_BYTES = 65_536;

type Env = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as not set. */
export const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

/**
 * The environment with the secrets that are in files, and what is wrong with these. A fault names the variable alone:
 * somebody may have put the secret where the path belongs.
 */
export function withSecretFiles(env: Env): { env: Record<string, string | undefined>; faults: string[] } {
  const faults = misplacedFiles(env);
  const read = { ...env };
  for (const variable of SECRET_VARIABLES) {
    const named = variable + SUFFIX;
    const path = env[named];
    if (!isSet(path)) continue;
    const found = isSet(env[variable]) ? { fault: `${variable} and ${named} must not both be set.` } : secretIn(path);
    if ('secret' in found) read[variable] = found.secret;
    else faults.push(found.fault.replace('{}', named));
  }
  return { env: read, faults };
}

/** Files named for settings that are no secrets: these would be ignored without a word. */
function misplacedFiles(env: Env): string[] {
  const known: readonly string[] = SECRET_VARIABLES;
  return Object.keys(VARIABLES)
    .filter((name) => !known.includes(name) && isSet(env[name + SUFFIX]))
    .map((name) => `${name}${SUFFIX} is not read: ${name} is no secret. Set ${name}, or use CONFIG_FILE.`);
}

function secretIn(path: string): { secret: string } | { fault: string } {
  try {
    const { size } = statSync(path);
    if (size > LARGEST_BYTES) return { fault: `The file of {} has more than ${LARGEST_BYTES} bytes.` };
    // An editor ends the last line; a secret has no end of line.
    const secret = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return secret === '' ? { fault: 'The file of {} is empty.' } : { secret };
  } catch (error) {
    return { fault: `The file of {} cannot be read (${(error as NodeJS.ErrnoException).code}).` };
  }
}
