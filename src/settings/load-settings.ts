import { parse } from 'yaml';
import { SettingsError } from '../domain/errors.js';
import { resolved } from './resolved.js';
import type { Settings } from './settings.js';
import { SETTINGS_RULES } from './settings-rules.js';
import { isTree, type SettingsTree, withValue } from './settings-tree.js';
import { settingsSchema } from './settings.schema.js';
import { VARIABLES, variableOf } from './variables.js';

/**
 * The service's settings: defaults, overridden by the settings file `yamlText`, overridden by the variables of `env`.
 * Throws a SettingsError that names all faults at once.
 */
export function loadSettings(env: NodeJS.ProcessEnv, yamlText?: string): Settings {
  const tree = overridden(readTree(yamlText), env);
  return resolved(settingsSchema, tree, SETTINGS_RULES, nameOf(env));
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
    throw new SettingsError('The settings file is not valid YAML.');
  }
}

/** An empty variable counts as not set. */
const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

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
