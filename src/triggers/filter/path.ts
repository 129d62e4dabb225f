import { spend } from '../../domain/budget.js';
import { isJsonObject, type Json } from '../../domain/json.js';
import { isList } from './compare.js';

/** The value of a missing member. */
export const ABSENT = Symbol('absent');
export type Found = Json | typeof ABSENT;

export type Test = (value: Found) => boolean;

/** Checking list items costs less than looking up members. */
const ITEMS_A_STEP = 4;
const INDEX = /^(0|[1-9]\d{0,8})$/;

/** The way to a value: names of members and indexes of lists. */
export type Path = readonly string[];

/**
 * Whether a value at the end of a path passes a test; a missing value is `ABSENT`. A name enters each object of a list,
 * an index a single item. Only a value's own members count, nothing that an object or list inherits.
 */
export function someAt(value: Json, path: Path, test: Test, depth = 0): boolean {
  spend();
  const name = path[depth];
  if (name === undefined) return test(value);
  if (isList(value)) return someOfList(value, path, test, depth);
  if (!isJsonObject(value) || !Object.hasOwn(value, name)) return test(ABSENT);
  return someAt(value[name]!, path, test, depth + 1);
}

function someOfList(list: readonly Json[], path: Path, test: Test, depth: number): boolean {
  const name = path[depth]!;
  const index = INDEX.test(name) ? Number(name) : list.length;
  let found = index < list.length;
  if (found && someAt(list[index]!, path, test, depth + 1)) return true;
  spend(list.length / ITEMS_A_STEP);
  for (const item of list) {
    if (!isJsonObject(item)) continue;
    found = true;
    if (someAt(item, path, test, depth)) return true;
  }
  return !found && test(ABSENT);
}

/** Whether the value itself or, for a list, one of its items passes a test. */
export function itselfOrItem(value: Found, test: (value: Json) => boolean): boolean {
  if (value === ABSENT) return false;
  if (test(value)) return true;
  if (!isList(value)) return false;
  spend(value.length / ITEMS_A_STEP);
  return value.some(test);
}
