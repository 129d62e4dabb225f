import { stringify } from 'yaml';
import { SettingsError } from './domain/errors.js';
import { settingsOf } from './settings/load-settings.js';
import { SECRET_VARIABLES } from './settings/secret-files.js';
import type { Settings } from './settings/settings.js';
import { isTree } from './settings/settings-tree.js';
import { VARIABLES } from './settings/variables.js';

/** Where a command takes its environment from, and where it writes. */
interface Surroundings {
  env: NodeJS.ProcessEnv;
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
}

const USAGE = `Usage: scheduled-task-runner config check               says what is wrong with the settings, and starts nothing
       scheduled-task-runner config print --redacted    prints the settings that count, without secrets

Both read the environment, the files that it names, and the settings file (CONFIG_FILE).
`;

const HIDDEN = '***';
const keysOf = (variables: readonly string[]): Set<string> =>
  new Set(variables.map((variable) => VARIABLES[variable]!));
/** Keys whose values are secrets as a whole; of addresses, only what may be a password is hidden. */
const SECRET_KEYS = keysOf(SECRET_VARIABLES.filter((name) => !name.endsWith('_URL')));
/** Keys of receivers: the path of their address may be what lets somebody in. */
const RECEIVER_KEYS = keysOf([
  'EXECUTION_ENGINE_URL',
  'NOTIFICATION_URL',
  'REPORTING_URL',
  'AUDIT_URL',
  'AUDIT_ANCHOR_URL',
]);

/** Runs `config …`; returns the exit code: 0 fine, 1 for settings that are not, 2 for a call that is not understood. */
export function configCommand(args: readonly string[], { env, stdout: out, stderr: err }: Surroundings): number {
  const call = args.join(' ');
  if (call === 'print') {
    err.write('Nothing prints secrets: config print needs --redacted.\n');
    return 2;
  }
  if (call !== 'check' && call !== 'print --redacted') {
    err.write(USAGE);
    return 2;
  }
  try {
    const settings = settingsOf(env);
    out.write(call === 'check' ? 'The settings are fine.\n' : stringify(redacted(settings)));
    return 0;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    err.write(`${error.message}\n`);
    return 1;
  }
}

/** The settings without anything that may be secret. */
const redacted = (settings: Settings): unknown => without(settings, '');

function without(value: unknown, key: string): unknown {
  if (isTree(value)) {
    const inner = (name: string): string => (key === '' ? name : `${key}.${name}`);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, without(each, inner(name))]));
  }
  if (typeof value !== 'string') return value;
  if (SECRET_KEYS.has(key)) return HIDDEN;
  const shown = withoutPasswords(value);
  return RECEIVER_KEYS.has(key) ? shown.replace(/^([^:]*:\/\/[^/?#]*)[/?#].*$/s, `$1/${HIDDEN}`) : shown;
}

/** An address without its credentials and what follows its path; the name of a database or a host is no secret. */
function withoutPasswords(text: string): string {
  const begin = text.indexOf('://') + 3;
  if (begin < 3) return text;
  const host = text.lastIndexOf('@') + 1;
  const shown = host > begin ? `${text.slice(0, begin)}${HIDDEN}@${text.slice(host)}` : text;
  return shown.replace(/([?#]).*$/s, `$1${HIDDEN}`);
}
