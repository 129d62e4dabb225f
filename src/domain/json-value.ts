import type { Fault } from './errors.js';
import { pointerOf } from './faults.js';

/** Deeper values would overflow the stack of whatever walks them. */
const DEEPEST = 64;
/** No body of a request holds more; a value of a host's own could, by naming one part many times. */
const MOST_VALUES = 1_100_000;

/** What is known of a JSON value after one look at all of it. */
export interface JsonReport {
  /** The first thing that keeps it from being stored and answered as it is; null where there is none. */
  fault: Fault | null;
  /** How many members its objects have, all together. */
  members: number;
}

/** How a member counts that is `undefined`: as a fault, or as one that is not there. */
export interface JsonRules {
  undefinedIsAbsent?: boolean;
}

/**
 * Looks at all of a value: whether it is JSON and nothing else, with well-formed texts, finite numbers, at most 64 levels,
 * and no member that is a trap for other programs.
 */
export const inspectJson = (value: unknown, rules: JsonRules = {}): JsonReport =>
  new Inspection(rules.undefinedIsAbsent ?? false).of(value);

/** As `inspectJson`, for where only the fault matters. */
export const jsonFault = (value: unknown, rules?: JsonRules): Fault | null => inspectJson(value, rules).fault;

/** One walk, which goes no deeper than values may be. */
class Inspection {
  private members = 0;
  private values = 0;
  /** From the fault up to the root. */
  private readonly path: PropertyKey[] = [];

  constructor(private readonly undefinedIsAbsent: boolean) {}

  of(root: unknown): JsonReport {
    const detail = this.wrongIn(root, 0);
    return {
      fault: detail === null ? null : { pointer: pointerOf(this.path.reverse()), detail },
      members: this.members,
    };
  }

  private wrongIn(value: unknown, depth: number): string | null {
    if (++this.values > MOST_VALUES) return 'belongs to more values than a body may hold';
    if (typeof value !== 'object' || value === null) return scalarFault(value);
    if (depth > DEEPEST) return `is nested deeper than ${DEEPEST} levels`;
    if (Array.isArray(value)) return this.wrongInList(value, depth);
    return isRecord(value) ? this.wrongInRecord(value as Record<string, unknown>, depth) : 'is not plain JSON';
  }

  private wrongInList(items: readonly unknown[], depth: number): string | null {
    for (let index = 0; index < items.length; index++) {
      const wrong = this.wrongIn(items[index], depth + 1);
      if (wrong !== null) return this.at(index, wrong);
    }
    return null;
  }

  private wrongInRecord(record: Record<string, unknown>, depth: number): string | null {
    for (const name of Object.keys(record)) {
      const child = record[name];
      if (child === undefined && this.undefinedIsAbsent) continue;
      this.members++;
      if (isPrototypeOf(name, child)) this.path.push('prototype');
      const wrong = isTrap(name) || this.path.length > 0 ? NOT_ALLOWED : this.wrongIn(child, depth + 1);
      if (wrong !== null) return this.at(name, wrong);
    }
    return null;
  }

  private at(name: PropertyKey, wrong: string): string {
    this.path.push(name);
    return wrong;
  }
}

const NOT_ALLOWED = 'is not an allowed member name';

/** Has members of its own and inherits at most those of every object, of this realm or of another. */
function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function scalarFault(value: unknown): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : 'is not well-formed Unicode';
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'is not a number that JSON can carry';
  return typeof value === 'boolean' || value === null ? null : 'is not JSON';
}

/** Names that are data here and a trap in programs that get them from us. */
const isTrap = (name: string): boolean => name === '__proto__' || name.includes('\0') || !name.isWellFormed();

const isPrototypeOf = (name: string, child: unknown): boolean =>
  name === 'constructor' && typeof child === 'object' && child !== null && Object.hasOwn(child, 'prototype');
