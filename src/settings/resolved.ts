import type { z } from 'zod';
import { SettingsError } from '../domain/errors.js';
import type { SettingsRule } from './settings-rules.js';
import { deepFreeze, type SettingsTree, without } from './settings-tree.js';

/** The value of a tree of settings by its schema and rules. @throws SettingsError that names all faults at once. */
export function resolved<Value extends object>(
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

/** Values are never quoted: they may be secrets, or addresses with a password. */
function sentencesOf(issue: z.core.$ZodIssue, nameOfKey: (key: string) => string): string[] {
  const keys = keysOf(issue);
  if (issue.code === 'unrecognized_keys') return keys.map((key) => `${key} is not a setting.`);
  if (issue.code === 'invalid_type' && issue.expected === 'object') {
    return keys.map((key) => `${key} must be a section of settings.`);
  }
  return keys.map((key) => `${nameOfKey(key)} ${issue.message}.`);
}

/** The dotted keys of an issue; a fault inside a list belongs to the list. */
function keysOf(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.filter((part) => typeof part === 'string');
  const ends = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [key]) : [[]];
  return ends.map((end) => [...path, ...end].join('.'));
}

/** Violated rules among settings that are each valid. */
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
