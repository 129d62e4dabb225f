import { isJsonObject, type Json } from '../../domain/json.js';
import { isList } from './compare.js';
import { CONDITIONS, conditionOf } from './conditions.js';
import { fault, type Query } from './fault.js';

/** Operators that combine queries. */
const LOGICAL: Readonly<Record<string, (queries: readonly Query[]) => Query>> = {
  $and: (queries) => (value) => queries.every((query) => query(value)),
  $or: (queries) => (value) => queries.some((query) => query(value)),
  $nor: (queries) => (value) => !queries.some((query) => query(value)),
};

/** All operators of filters. */
export const OPERATORS: ReadonlySet<string> = new Set([...CONDITIONS, ...Object.keys(LOGICAL)]);

/** Compiles a query over an object: every member must hold. @throws TriggerFault */
export function compileQuery(query: Readonly<Record<string, Json>>, pointer: string): Query {
  const tests = Object.entries(query).map(([name, operand]) =>
    memberTest(name, operand, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
  return (value) => tests.every((test) => test(value));
}

function memberTest(name: string, operand: Json, pointer: string): Query {
  if (Object.hasOwn(LOGICAL, name)) return LOGICAL[name]!(queriesOf(operand, pointer));
  if (name.startsWith('$')) throw fault(pointer, 'must stand within the member whose values it compares');
  const condition = conditionOf(operand, pointer, compileQuery);
  const path = name.split('.');
  return (value) => condition(value, path);
}

function queriesOf(operand: Json, pointer: string): Query[] {
  if (!isList(operand)) throw fault(pointer, 'must be a list');
  if (operand.length === 0) throw fault(pointer, 'must be a list of queries, at least one');
  return operand.map((query, index) => {
    if (!isJsonObject(query)) throw fault(pointer, 'must be a list of queries, at least one');
    return compileQuery(query, `${pointer}/${index}`);
  });
}
