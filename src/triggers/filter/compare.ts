import { spend } from '../../domain/budget.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.js';

export const isList = (value: unknown): value is Json[] => Array.isArray(value);

/** Whether two values are equal: same type, list items in the same order, object members in any order. */
export function isSame(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (a === null || typeof a !== 'object' || b === null || typeof b !== 'object') return false;
  spend();
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, index) => isSame(item, b[index]!));
  return isJsonObject(a) && isJsonObject(b) && haveSameMembers(a, b);
}

function haveSameMembers(a: JsonObject, b: JsonObject): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && isSame(a[name]!, b[name]!));
}

/**
 * Below 0, 0 or above 0 when `a` comes before, equals or comes after `b`; null for values without an order or of two
 * types.
 */
export function order(a: Json, b: Json): number | null {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  return a === null && b === null ? 0 : null;
}
