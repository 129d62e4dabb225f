import { spend } from '../../domain/budget.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.js';
import { isList, isSame, order } from './compare.js';
import { fault, type Query, type QueryCompiler } from './fault.js';
import { ABSENT, itselfOrItem, someAt, type Found, type Path } from './path.js';

/** Tests the values at a path within a value. */
type Condition = (value: Json, path: Path) => boolean;
type Maker = (operand: Json, pointer: string, compile: QueryCompiler) => Condition;

const anyFound =
  (test: (value: Found) => boolean): Condition =>
  (value, path) =>
    someAt(value, path, test);

const not =
  (condition: Condition): Condition =>
  (value, path) =>
    !condition(value, path);

const equal = (operand: Json): Condition =>
  anyFound((found) => (found === ABSENT ? operand === null : itselfOrItem(found, (each) => isSame(each, operand))));

const compared =
  (holds: (order: number) => boolean): Maker =>
  (operand) =>
    anyFound((found) =>
      itselfOrItem(found, (each) => {
        const result = order(each, operand);
        return result !== null && holds(result);
      }),
    );

const anyOf =
  (conditions: readonly Condition[]): Condition =>
  (value, path) =>
    conditions.some((condition) => condition(value, path));

const allOf =
  (conditions: readonly Condition[]): Condition =>
  (value, path) =>
    conditions.every((condition) => condition(value, path));

const equalToAny: Maker = (operand, pointer) =>
  anyOf(listOf(operand, pointer).map((item, index) => equal(plain(item, `${pointer}/${index}`))));

/** Every operator that compares values at a path. None runs code or patterns, whose time an attacker could choose. */
const MAKERS: Readonly<Record<string, Maker>> = {
  $all: (operand, pointer, compile) => {
    const items = listOf(operand, pointer).map((item, index) => itemOfAll(item, `${pointer}/${index}`, compile));
    return items.length === 0 ? () => false : allOf(items);
  },
  $elemMatch: (operand, pointer, compile) => anyFound(elementOf(operand, pointer, compile)),
  $eq: (operand, pointer) => equal(plain(operand, pointer)),
  $exists: (operand, pointer) => {
    if (typeof operand !== 'boolean') throw fault(pointer, 'must be true or false');
    const isThere = anyFound((found) => found !== ABSENT);
    return operand ? isThere : not(isThere);
  },
  $gt: compared((result) => result > 0),
  $gte: compared((result) => result >= 0),
  $in: equalToAny,
  $lt: compared((result) => result < 0),
  $lte: compared((result) => result <= 0),
  $mod: (operand, pointer) => {
    const [divisor, remainder] = divisionOf(operand, pointer);
    return anyFound((found) => itselfOrItem(found, (each) => typeof each === 'number' && each % divisor === remainder));
  },
  $ne: (operand, pointer) => not(equal(plain(operand, pointer))),
  $nin: (operand, pointer, compile) => not(equalToAny(operand, pointer, compile)),
  $not: (operand, pointer, compile) => {
    if (!isJsonObject(operand)) throw fault(pointer, 'must be an object');
    return not(conditionOf(operand, pointer, compile));
  },
  $size: (operand, pointer) => {
    if (!Number.isInteger(operand)) throw fault(pointer, 'must be a whole number');
    return anyFound((found) => isList(found) && found.length === operand);
  },
};

export const CONDITIONS: readonly string[] = Object.keys(MAKERS);

/**
 * The condition of a query's member on the values at its path: operators, or a value that one of the values must equal.
 */
export function conditionOf(operand: Json, pointer: string, compile: QueryCompiler): Condition {
  if (!isJsonObject(operand)) return equal(plain(operand, pointer));
  const names = Object.keys(operand);
  const operators = names.filter((name) => name.startsWith('$'));
  if (operators.length === 0) return equal(plain(operand, pointer));
  if (operators.length < names.length) throw fault(pointer, 'must not have operators and other members side by side');
  return allOf(operators.map((name) => makerOf(name, pointer)(operand[name]!, `${pointer}/${name}`, compile)));
}

function makerOf(name: string, pointer: string): Maker {
  if (Object.hasOwn(MAKERS, name)) return MAKERS[name]!;
  throw fault(`${pointer}/${name}`, `is not an operator of values; there are ${CONDITIONS.join(', ')}`);
}

function listOf(operand: Json, pointer: string): Json[] {
  if (!isList(operand)) throw fault(pointer, 'must be a list');
  return operand;
}

/** A value to compare with; it must hold no operators. */
function plain(operand: Json, pointer: string): Json {
  const members = operand !== null && typeof operand === 'object' ? Object.entries(operand) : [];
  for (const [name, member] of members) {
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (isJsonObject(operand) && name.startsWith('$'))
      throw fault(at, 'must not be an operator: a value is compared here');
    plain(member, at);
  }
  return operand;
}

const itemOfAll: Maker = (item, pointer, compile) =>
  isJsonObject(item) && Object.keys(item).join() === '$elemMatch'
    ? conditionOf(item, pointer, compile)
    : equal(plain(item, pointer));

/** Whether a list has an item that is an object and matches a query, or an item that meets operators. */
function elementOf(operand: Json, pointer: string, compile: QueryCompiler): (found: Found) => boolean {
  if (!isJsonObject(operand)) throw fault(pointer, 'must be an object');
  const test = elementTest(operand, pointer, compile);
  return (found) => isList(found) && found.some((item) => (spend(), test(item)));
}

function elementTest(operand: JsonObject, pointer: string, compile: QueryCompiler): Query {
  if (!Object.keys(operand).some((name) => Object.hasOwn(MAKERS, name))) {
    const query = compile(operand, pointer);
    return (item) => isJsonObject(item) && query(item);
  }
  const condition = conditionOf(operand, pointer, compile);
  return (item) => condition(item, []);
}

function divisionOf(operand: Json, pointer: string): [number, number] {
  const isDivision = isList(operand) && operand.length === 2 && operand.every(Number.isInteger) && operand[0] !== 0;
  if (!isDivision) throw fault(pointer, 'must be [divisor, remainder]');
  return operand as [number, number];
}
