import type { Fault } from './errors.js';
import { pointerOf } from './faults.js';

/** Deeper values would overflow the stack of code that walks them. */
const DEEPEST = 64;
/** More than any request body can hold; a host's value could exceed it by referring to one part many times. */
const MOST_VALUES = 1_100_000;

/** The result of inspecting a JSON value. */
export interface JsonReport {
  /** The first fault that keeps the value from being stored and returned unchanged; null when there is none. */
  fault: Fault | null;
  /** The number of members of all its objects together. */
  members: number;
}

/** Whether an `undefined` member is a fault or counts as missing. */
export interface JsonRules {
  undefinedIsAbsent?: boolean;
}

/**
 * Inspects a whole value: it must be pure JSON with well-formed texts, finite numbers, at most 64 levels, and no member
 * that is a trap for other programs.
 */
export const inspectJson = (value: unknown, rules: JsonRules = {}): JsonReport =>
  new Inspection(rules.undefinedIsAbsent ?? false).of(value);

/** As `inspectJson`, for callers that only need the fault. */
export const jsonFault = (value: unknown, rules?: JsonRules): Fault | null => inspectJson(value, rules).fault;

/** One walk, which stops at the maximum depth of values. */
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

/** Has own members and inherits at most those of every object, of this realm or another. */
function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function scalarFault(value: unknown): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : 'is not well-formed Unicode';
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'is not a number that JSON can carry';
  return typeof value === 'boolean' || value === null ? null : 'is not JSON';
}

/** Names that are harmless here but dangerous in programs that receive them from us. */
const isTrap = (name: string): boolean => name === '__proto__' || name.includes('\0') || !name.isWellFormed();

const isPrototypeOf = (name: string, child: unknown): boolean =>
  name === 'constructor' && typeof child === 'object' && child !== null && Object.hasOwn(child, 'prototype');
