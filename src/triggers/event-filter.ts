import { LRUCache } from 'lru-cache';
import { withBudget } from '../domain/budget.js';
import type { ReceivedEvent } from '../domain/event.js';
import type { Json, JsonObject } from '../domain/json.js';
import { fault, type Query } from './filter/fault.js';
import { compileQuery, OPERATORS } from './filter/query.js';

const DEEPEST = 10;
const MOST_MEMBERS = 200;
/**
 * A condition spends one step per value and one per four list items: a single condition can always check a whole event.
 */
const MOST_STEPS = 200_000;

/** Tells whether an event matches. @throws TooCostlyError */
export type EventFilter = (event: ReceivedEvent) => boolean;

/** How many compiled filters are kept, and how many characters they may have altogether. */
const MOST_KEPT = 20_000;
const MOST_KEPT_CHARACTERS = 8_000_000;

/** Compiled filters by their text: what is read of a task again has the same ones. */
const compiled = new LRUCache<string, EventFilter>({ max: MOST_KEPT, maxSize: MOST_KEPT_CHARACTERS });

/** Those of filters that are in memory, and what filters see of such events. */
const filters = new WeakMap<object, EventFilter>();
const views = new WeakMap<ReceivedEvent, JsonObject>();

/** What filters see of an event. */
export function viewOf(event: ReceivedEvent): JsonObject {
  const known = views.get(event);
  if (known) return known;
  const { id, type, data, receivedAt } = event;
  const view: JsonObject = { id, type, data, receivedAt: new Date(receivedAt).toISOString() };
  views.set(event, view);
  return view;
}

/**
 * A filter in MongoDB's query form over `{id, type, data, receivedAt}`, with comparison operators only. Values of
 * different types are never equal, and only the event's own members are visible.
 * @throws TriggerFault that points at the member
 */
export function eventFilter(filter: Readonly<Record<string, Json>>): EventFilter {
  const made = filters.get(filter);
  if (made) return made;
  check(filter, '/filter', { members: 0 }, 0);
  const text = JSON.stringify(filter);
  let known = compiled.get(text);
  if (!known) compiled.set(text, (known = compile(filter)), { size: text.length });
  filters.set(filter, known);
  return known;
}

function compile(filter: Record<string, Json>): EventFilter {
  const query: Query = compileQuery(filter, '/filter');
  return (event) => withBudget(MOST_STEPS, 'To compare the event with the filter', () => query(viewOf(event)));
}

function check(value: Json, pointer: string, seen: { members: number }, depth: number): void {
  if (depth > DEEPEST) throw fault(pointer, `is nested deeper than ${DEEPEST} levels`);
  if (value === null || typeof value !== 'object') return;
  for (const [key, member] of Object.entries(value)) {
    const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (++seen.members > MOST_MEMBERS) throw fault(pointer, `has more than ${MOST_MEMBERS} members`);
    if (!Array.isArray(value)) checkKey(key, at);
    check(member, at, seen, depth + 1);
  }
}

function checkKey(key: string, pointer: string): void {
  if (/(^|\.)(__proto__|prototype|constructor)(\.|$)/.test(key)) throw fault(pointer, 'is not a member of an event');
  if (key.startsWith('$') && !OPERATORS.has(key)) {
    throw fault(pointer, `is not an operator of filters; there are ${[...OPERATORS].join(', ')}`);
  }
}
