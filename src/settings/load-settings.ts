import { parse } from 'yaml';
import { SettingsError } from '../domain/errors.js';
import { resolved } from './resolved.js';
import type { Settings } from './settings.js';
import { isSet, withSecretFiles } from './secret-files.js';
import { readSettingsFile } from './settings-file.js';
import { SETTINGS_RULES } from './settings-rules.js';
import { isTree, type SettingsTree, withValue } from './settings-tree.js';
import { settingsSchema } from './settings.schema.js';
import { VARIABLES, variableOf } from './variables.js';

/** The variable that names a settings file in place of the one of the package. */
export const CONFIG_FILE = 'CONFIG_FILE';

/**
 * The service's settings: defaults, overridden by the settings file `yamlText`, overridden by the variables of `env`
 * and the files that these name for secrets. Throws a SettingsError that names all faults at once.
 */
export function loadSettings(given: NodeJS.ProcessEnv, yamlText?: string): Settings {
  const { env, faults } = withSecretFiles(given);
  const tree = overridden(readTree(yamlText), env);
  try {
    const settings = resolved(settingsSchema, tree, SETTINGS_RULES, nameOf(env));
    if (faults.length === 0) return settings;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    faults.push(error.message);
  }
  throw new SettingsError(faults.join('\n'));
}

/** The settings of an environment, with the settings file that it names or that of the package. @throws SettingsError */
export function settingsOf(env: NodeJS.ProcessEnv): Settings {
  const file = env[CONFIG_FILE];
  return loadSettings(env, readSettingsFile(isSet(file) ? file : undefined));
}

function readTree(yamlText: string | undefined): SettingsTree {
  const tree: unknown = yamlText === undefined ? {} : (parseYaml(yamlText) ?? {});
  if (!isTree(tree)) throw new SettingsError('The settings file must be a YAML mapping of settings.');
  return tree;
}

function parseYaml(yamlText: string): unknown {
  try {
    return parse(yamlText);
  } catch {
    // The parser's message quotes the text, which may hold secrets.
    throw new SettingsError('The settings file is neither valid YAML nor valid JSON.');
  }
}

function overridden(tree: SettingsTree, env: NodeJS.ProcessEnv): SettingsTree {
  const known = Object.entries(VARIABLES).reduce((merged, [variable, key]) => {
    const value = env[variable];
    return isSet(value) ? withValue(merged, key, value) : merged;
  }, tree);
  return isSet(env['NODE_ENV']) ? withValue(known, 'production', env['NODE_ENV'] === 'production') : known;
}

/** Names the source of a setting: its variable, or its key in the settings file with the variable that overrides it. */
const nameOf =
  (env: NodeJS.ProcessEnv) =>
  (key: string): string => {
    const variable = variableOf(key);
    if (variable === undefined) return `${key} in the settings file`;
    return isSet(env[variable]) ? variable : `${key} in the settings file (${variable})`;
  };
