import { InvalidInputError } from '../domain/errors.js';
import { pointerOf } from '../domain/faults.js';

/** Deeper values would overflow the stack of whatever walks them. */
const DEEPEST = 64;
const LONE_SURROGATE = /\p{Surrogate}/u;

type Path = readonly string[];

/** Parses a request's body; an empty one is undefined. Throws an `InvalidInputError` for what no route takes. */
export function parseJsonBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  const value = parse(text);
  checkValue(value);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    throw fault([], `is not JSON: ${(error as Error).message}`);
  }
}

/** Walks the value without recursion, since its depth is not known yet. */
function checkValue(root: unknown): void {
  const waiting: { value: unknown; path: Path }[] = [{ value: root, path: [] }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, path } = next;
    if (path.length > DEEPEST) throw fault(path, `is nested deeper than ${DEEPEST} levels`);
    checkScalar(value, path);
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, child] of Object.entries(value)) {
      checkMember(name, child, path);
      waiting.push({ value: child, path: [...path, name] });
    }
  }
}

function checkScalar(value: unknown, path: Path): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw fault(path, 'is not a number that JSON can carry');
  if (typeof value === 'string' && LONE_SURROGATE.test(value)) throw fault(path, 'is not well-formed Unicode');
}

function checkMember(name: string, child: unknown, path: Path): void {
  const at = [...path, name];
  if (name === '__proto__') throw fault(at, 'is not an allowed member name');
  if (name === 'constructor' && typeof child === 'object' && child !== null && Object.hasOwn(child, 'prototype')) {
    throw fault([...at, 'prototype'], 'is not an allowed member name');
  }
  if (name.includes('\0') || LONE_SURROGATE.test(name)) throw fault(at, 'is not an allowed member name');
}

const fault = (path: Path, detail: string) => new InvalidInputError([{ pointer: pointerOf(path), detail }]);
