import { parse } from 'yaml';
import type { z } from 'zod';
import { SettingsError } from '../domain/errors.js';
import type { EngineSettings, HttpSettings, LimitSettings, Settings } from './settings.js';
import { ENGINE_RULES, SETTINGS_RULES, type SettingsRule } from './settings-rules.js';
import { deepFreeze, isTree, type SettingsTree, without, withValue } from './settings-tree.js';
import { engineSchema, httpSchema, limitsSchema, settingsSchema } from './settings.schema.js';
import { VARIABLES, variableOf } from './variables.js';

/**
 * The service's settings: the defaults, over them the settings file `yamlText`, over that the variables of `env`.
 * Throws a SettingsError that names every fault at once.
 */
export function loadSettings(env: NodeJS.ProcessEnv, yamlText?: string): Settings {
  const tree = overridden(readTree(yamlText), env);
  return resolved(settingsSchema, tree, SETTINGS_RULES, nameOf(env));
}

/** The engine's settings for a host application: `partial` over the defaults. Throws a SettingsError. */
export function engineDefaults(partial: Partial<EngineSettings> = {}): EngineSettings {
  return resolved(engineSchema, { ...partial }, ENGINE_RULES, (key) => key);
}

/** Where a host application bounds sizes: `partial` over the defaults. Throws a SettingsError. */
export function limitDefaults(partial: Partial<LimitSettings> = {}): LimitSettings {
  return resolved(limitsSchema, { ...partial }, [], (key) => key);
}

/** The HTTP server's settings where nothing is set. */
export const httpDefaults = (): HttpSettings => httpSchema.parse({});

function readTree(yamlText: string | undefined): SettingsTree {
  const tree: unknown = yamlText === undefined ? {} : (parseYaml(yamlText) ?? {});
  if (!isTree(tree)) throw new SettingsError('The settings file must be a YAML mapping of settings.');
  return tree;
}

function parseYaml(yamlText: string): unknown {
  try {
    return parse(yamlText);
  } catch {
    // The parser's own message quotes the text, which may hold secrets.
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

/** Says where a setting came from: its variable, or its key in the settings file with the variable that overrides it. */
const nameOf =
  (env: NodeJS.ProcessEnv) =>
  (key: string): string => {
    const variable = variableOf(key);
    if (variable === undefined) return `${key} in the settings file`;
    return isSet(env[variable]) ? variable : `${key} in the settings file (${variable})`;
  };

function resolved<Value extends object>(
  schema: z.ZodType<Value>,
  tree: SettingsTree,
  rules: SettingsRule<Value>[],
  nameOfKey: (key: string) => string,
): Value {
  const result = schema.safeParse(tree);
  const issues = result.error?.issues ?? [];
  const faults = [
    ...issues.flatMap((issue) => sentencesOf(issue, nameOfKey)),
    ...brokenRules(schema, tree, rules, issues.flatMap(keysOf)),
  ];
  if (result.data === undefined || faults.length > 0) throw new SettingsError([...new Set(faults)].join('\n'));
  return deepFreeze(result.data);
}

/** No value is ever quoted: it may be a secret or an address with a password. */
function sentencesOf(issue: z.core.$ZodIssue, nameOfKey: (key: string) => string): string[] {
  const keys = keysOf(issue);
  if (issue.code === 'unrecognized_keys') return keys.map((key) => `${key} is not a setting.`);
  if (issue.code === 'invalid_type' && issue.expected === 'object') {
    return keys.map((key) => `${key} must be a section of settings.`);
  }
  return keys.map((key) => `${nameOfKey(key)} ${issue.message}.`);
}

/** The dotted keys that an issue is about; a fault inside a list is the list's. */
function keysOf(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.filter((part) => typeof part === 'string');
  const ends = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [key]) : [[]];
  return ends.map((end) => [...path, ...end].join('.'));
}

/** What is wrong between settings that are right each for itself. */
function brokenRules<Value>(
  schema: z.ZodType<Value>,
  tree: SettingsTree,
  rules: SettingsRule<Value>[],
  faulty: string[],
): string[] {
  const sound = schema.safeParse(faulty.reduce(without, tree)).data;
  if (sound === undefined) return [];
  return rules
    .filter((rule) => !rule.keys.some((key) => faulty.includes(key)) && !rule.holds(sound))
    .map((rule) => rule.sentence);
}
