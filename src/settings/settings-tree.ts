/** Settings as read, before their types are checked. */
export interface SettingsTree {
  [key: string]: unknown;
}

export const isTree = (value: unknown): value is SettingsTree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `tree` with the value at the dotted `key` replaced; if a parent is not a section, the schema refuses it later. */
export function withValue(tree: SettingsTree, key: string, value: unknown): SettingsTree {
  const [first = '', ...rest] = key.split('.');
  if (rest.length === 0) return { ...tree, [first]: value };
  const section = tree[first] ?? {};
  return isTree(section) ? { ...tree, [first]: withValue(section, rest.join('.'), value) } : tree;
}

/** `tree` without the value at the dotted `key`. */
export function without(tree: SettingsTree, key: string): SettingsTree {
  const [first = '', ...rest] = key.split('.');
  const section = tree[first];
  if (rest.length > 0 && isTree(section)) return { ...tree, [first]: without(section, rest.join('.')) };
  return Object.fromEntries(Object.entries(tree).filter(([name]) => name !== first));
}

/** Freezes a value and everything in it. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
