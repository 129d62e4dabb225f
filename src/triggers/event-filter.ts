import sift from 'sift';
import type { ReceivedEvent } from '../domain/event.js';
import type { Json } from '../domain/json.js';
import { TriggerFault } from './trigger-type.js';

const { createQueryTester, $all, $and, $elemMatch, $eq, $exists, $gt, $gte, $in, $lt, $lte } = sift;
const { $mod, $ne, $nin, $nor, $not, $or, $size } = sift;

/**
 * The operators of a filter: those of a MongoDB query that only compare. None runs code (`$where`) or a pattern
 * (`$regex`), whose time an attacker could choose.
 */
const OPERATIONS = {
  $all,
  $and,
  $elemMatch,
  $eq,
  $exists,
  $gt,
  $gte,
  $in,
  $lt,
  $lte,
  $mod,
  $ne,
  $nin,
  $nor,
  $not,
  $or,
  $size,
};

const LIST_OPERATORS = new Set(['$all', '$and', '$in', '$nin', '$nor', '$or']);
const QUERY_LISTS = new Set(['$and', '$nor', '$or']);
const DEEPEST = 10;
const MOST_MEMBERS = 200;

/** Tells whether an event matches. */
export type EventFilter = (event: ReceivedEvent) => boolean;

/** A filter in MongoDB's query form over `{id, type, data, receivedAt}`. @throws TriggerFault that points at the member. */
export function eventFilter(filter: Record<string, Json>): EventFilter {
  check(filter, '/filter', { members: 0 }, 0);
  const test = compiled(filter);
  return (event) => decide(test, { ...event, receivedAt: new Date(event.receivedAt).toISOString() });
}

/** What cannot even be compared, such as data with a member "toString", does not match; no event may break the intake. */
function decide(test: (event: unknown) => boolean, event: unknown): boolean {
  try {
    return test(event);
  } catch {
    return false;
  }
}

function compiled(filter: Record<string, Json>): (event: unknown) => boolean {
  try {
    return createQueryTester<unknown>(filter, { operations: OPERATIONS });
  } catch (error) {
    throw new TriggerFault('/filter', `is not a query: ${(error as Error).message}`);
  }
}

function check(value: Json, pointer: string, seen: { members: number }, depth: number): void {
  if (depth > DEEPEST) throw new TriggerFault(pointer, `is nested deeper than ${DEEPEST} levels`);
  if (value === null || typeof value !== 'object') return;
  for (const [key, member] of Object.entries(value)) {
    const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (++seen.members > MOST_MEMBERS) throw new TriggerFault(pointer, `has more than ${MOST_MEMBERS} members`);
    if (!Array.isArray(value)) checkKey(key, member, at);
    check(member, at, seen, depth + 1);
  }
}

function checkKey(key: string, member: Json, pointer: string): void {
  if (/(^|\.)(__proto__|prototype|constructor)(\.|$)/.test(key))
    throw new TriggerFault(pointer, 'is not a member of an event');
  if (!key.startsWith('$')) return;
  if (!Object.hasOwn(OPERATIONS, key)) {
    throw new TriggerFault(pointer, `is not an operator of filters; there are ${Object.keys(OPERATIONS).join(', ')}`);
  }
  if (LIST_OPERATORS.has(key) && !Array.isArray(member)) throw new TriggerFault(pointer, 'must be a list');
  if (QUERY_LISTS.has(key) && !((member as Json[]).length > 0 && (member as Json[]).every(isObject))) {
    throw new TriggerFault(pointer, 'must be a list of queries, at least one');
  }
  if (key === '$size' && !Number.isInteger(member)) throw new TriggerFault(pointer, 'must be a whole number');
  if (
    key === '$mod' &&
    !(Array.isArray(member) && member.length === 2 && member.every(Number.isInteger) && member[0] !== 0)
  ) {
    throw new TriggerFault(pointer, 'must be [divisor, remainder]');
  }
  if (key === '$exists' && typeof member !== 'boolean') throw new TriggerFault(pointer, 'must be true or false');
  if ((key === '$not' || key === '$elemMatch') && !isObject(member))
    throw new TriggerFault(pointer, 'must be an object');
}

const isObject = (value: Json): boolean => value !== null && typeof value === 'object' && !Array.isArray(value);
