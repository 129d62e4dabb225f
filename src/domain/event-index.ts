import { createHash } from 'node:crypto';
import { awaitedBy, type Awaited } from './event.js';
import { isJsonObject, type Json } from './json.js';
import type { Task } from './task.js';

/** How many shapes an organization's event triggers are indexed by, and how many paths a shape has at the most. */
export const MOST_SHAPES = 64;
const MOST_PATHS = 4;
/** Under how many terms one filter, and one task, is found; what needs more is found by the type of the event alone. */
const MOST_OF_FILTER = 8;
const MOST_OF_TASK = 200;

/** A value that can be looked up. */
export type Scalar = string | number | boolean;

/** The values that a filter allows at each of some paths. */
type Equalities = ReadonlyMap<string, readonly Scalar[]>;

export const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** The paths of a shape. */
export const pathsOf = (shape: string): string[] => JSON.parse(shape) as string[];
const shapeOf = (paths: readonly string[]): string => JSON.stringify(paths);

/** The term of what is found by any event of a type. No type of an event has a "#". */
export const anyTerm = (eventType: string): string => `${eventType}#`;

/** The term of what is found by events of a type that have these values at the paths of the shape. */
export function termOf(eventType: string, shape: string, values: readonly Scalar[]): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([shape, values]))
    .digest('base64url');
  return `${eventType}#${digest.slice(0, 22)}`;
}

/** The shape by which what a trigger waits for is best found: the paths at which its filter demands certain values. */
export function shapeFor({ filter }: Awaited): string | undefined {
  const paths = [...equalitiesOf(filter).keys()];
  return paths.length === 0 ? undefined : shapeOf(paths);
}

/** Adds the shapes of the task to those of its organization, as far as there is room. Returns those that are new. */
export function addShapes(known: Set<string>, task: Task): string[] {
  const added: string[] = [];
  for (const awaited of task.definition.triggers.flatMap(awaitedBy)) {
    const shape = shapeFor(awaited);
    if (shape === undefined || known.has(shape) || known.size >= MOST_SHAPES) continue;
    known.add(shape);
    added.push(shape);
  }
  return added;
}

/** The terms under which the task is found, by the shapes of its organization, with its own. */
export function termsOfTask(task: Task, known: ReadonlySet<string>): string[] {
  const awaited = task.definition.triggers.flatMap(awaitedBy);
  const terms = new Set(awaited.flatMap((each) => termsOfAwaited(each, known)));
  return terms.size > MOST_OF_TASK ? [...new Set(awaited.map(({ event }) => anyTerm(event)))] : [...terms];
}

function termsOfAwaited(awaited: Awaited, known: ReadonlySet<string>): string[] {
  const equalities = equalitiesOf(awaited.filter);
  const shape = knownShape([...equalities.keys()], known);
  if (shape === undefined) return [anyTerm(awaited.event)];
  return combinations(pathsOf(shape).map((path) => equalities.get(path)!)).map((values) =>
    termOf(awaited.event, shape, values),
  );
}

/** The shape of these paths or, where there was no room for it, the largest known one of some of them. */
function knownShape(paths: readonly string[], known: ReadonlySet<string>): string | undefined {
  if (paths.length === 0 || known.has(shapeOf(paths))) return paths.length === 0 ? undefined : shapeOf(paths);
  const smaller = [...known].filter((shape) => pathsOf(shape).every((path) => paths.includes(path)));
  return smaller.sort((a, b) => pathsOf(b).length - pathsOf(a).length || (a < b ? -1 : 1))[0];
}

/** Each way to take one value of each list. */
export function combinations<Value>(lists: readonly (readonly Value[])[]): Value[][] {
  return lists.reduce<Value[][]>((ways, values) => ways.flatMap((way) => values.map((value) => [...way, value])), [[]]);
}

/** What an event must have to match the filter, as far as it can be looked up: by path, in the order of paths. */
function equalitiesOf(filter: Awaited['filter']): Equalities {
  const all = new Map<string, readonly Scalar[]>();
  if (filter) collect(filter, all);
  const chosen: [string, readonly Scalar[]][] = [];
  let ways = 1;
  for (const [path, values] of [...all].sort(([a, few], [b, many]) => few.length - many.length || (a < b ? -1 : 1))) {
    if (chosen.length === MOST_PATHS || ways * values.length > MOST_OF_FILTER) break;
    ways *= values.length;
    chosen.push([path, values]);
  }
  return new Map(chosen.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** All of these conditions must hold, so each of them can stand for the filter. */
function collect(filter: Readonly<Record<string, Json>>, into: Map<string, readonly Scalar[]>): void {
  for (const [name, operand] of Object.entries(filter)) {
    if (name === '$and' && Array.isArray(operand)) {
      for (const each of operand) if (isJsonObject(each)) collect(each, into);
    } else if (!name.startsWith('$') && !into.has(name)) {
      const values = valuesOf(operand);
      if (values.length > 0) into.set(name, [...new Set(values)]);
    }
  }
}

/** The values one of which must be there; none where the operand is something else. */
function valuesOf(operand: Json): Scalar[] {
  if (isScalar(operand)) return [operand];
  if (!isJsonObject(operand)) return [];
  const { $eq, $in } = operand;
  if (isScalar($eq)) return [$eq];
  return Array.isArray($in) && $in.every(isScalar) ? $in : [];
}
