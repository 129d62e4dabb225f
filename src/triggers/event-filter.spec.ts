import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ReceivedEvent } from '../domain/event.js';
import type { Json, JsonObject } from '../domain/json.js';
import { eventFilter } from './event-filter.js';
import { TriggerFault } from './trigger-type.js';

const event = (data: Json): ReceivedEvent => ({
  id: 'event-1',
  type: 'test-completion',
  data,
  receivedAt: Date.UTC(2027, 0, 4, 9),
});
const DATA = {
  status: 'failed',
  count: 3,
  tags: ['a', 'b'],
  suites: [
    { name: 'x', ms: 10 },
    { name: 'y', ms: 90 },
  ],
  no: null,
};

function faultOf(filter: JsonObject): TriggerFault | null {
  try {
    eventFilter(filter);
    return null;
  } catch (error) {
    if (error instanceof TriggerFault) return error;
    throw error;
  }
}

describe('eventFilter', () => {
  it.each<[JsonObject, boolean]>([
    [{}, true],
    [{ 'data.status': 'failed' }, true],
    [{ 'data.status': 'passed' }, false],
    [{ 'data.status': { $ne: 'passed' }, 'data.count': { $gt: 2, $lte: 3 } }, true],
    [{ 'data.count': { $gt: 3 } }, false],
    [{ 'data.count': '3' }, false],
    [{ 'data.tags': 'b' }, true],
    [{ 'data.tags': { $all: ['a', 'b'] } }, true],
    [{ 'data.tags': { $size: 3 } }, false],
    [{ 'data.tags': { $nin: ['a'] } }, false],
    [{ 'data.suites': { $elemMatch: { name: 'y', ms: { $gte: 90 } } } }, true],
    [{ 'data.suites': { $elemMatch: { name: 'x', ms: { $gte: 90 } } } }, false],
    [{ 'data.suites.name': 'y' }, true],
    [{ 'data.no': null }, true],
    [{ 'data.absent': null }, true],
    [{ 'data.absent': { $exists: false } }, true],
    [{ 'data.absent.deeper': { $gt: 1 } }, false],
    [{ $or: [{ 'data.status': 'passed' }, { 'data.count': { $mod: [2, 1] } }] }, true],
    [{ $nor: [{ 'data.status': 'passed' }] }, true],
    [{ $and: [{ type: 'test-completion' }, { id: 'event-1' }] }, true],
    [{ 'data.count': { $not: { $gt: 2 } } }, false],
    [{ receivedAt: '2027-01-04T09:00:00.000Z' }, true],
    [{ receivedAt: { $gt: '2027-01-04T10:00:00.000Z' } }, false],
  ])('decides %j', (filter, matches) => expect(eventFilter(filter)(event(DATA))).toBe(matches));

  it.each<[string, JsonObject, string]>([
    ['code', { $where: 'while (true);' }, '/filter/$where'],
    ['code inside', { $or: [{ data: { $where: '1' } }] }, '/filter/$or/0/data/$where'],
    ['a pattern', { 'data.x': { $regex: '(a+)+$' } }, '/filter/data.x/$regex'],
    ['an unknown operator as a value', { data: { $eq: { $function: 1 } } }, '/filter/data/$eq/$function'],
    ['an operator named as a method', { $toString: 1 }, '/filter/$toString'],
    ['the prototype', JSON.parse('{"data":{"__proto__":{"x":1}}}') as JsonObject, '/filter/data/__proto__'],
    ['the prototype by a path', { 'data.constructor.name': 'Object' }, '/filter/data.constructor.name'],
    ['no list', { $or: { a: 1 } }, '/filter/$or'],
    ['an empty list of queries', { $and: [] }, '/filter/$and'],
    ['a list of no queries', { $nor: [1] }, '/filter/$nor'],
    ['no list of values', { data: { $in: 'x' } }, '/filter/data/$in'],
    ['a query among values', { data: { $in: [{ $gt: 1 }] } }, '/filter'],
    ['operators mixed with members', { data: { $gt: 1, x: 2 } }, '/filter'],
    ['a query of the whole under a member', { data: { $or: [{ x: 1 }] } }, '/filter'],
    ['a size that is none', { data: { $size: 1.5 } }, '/filter/data/$size'],
    ['a divisor of zero', { data: { $mod: [0, 1] } }, '/filter/data/$mod'],
    ['an existence that is none', { data: { $exists: 'yes' } }, '/filter/data/$exists'],
    ['a negation of a value', { data: { $not: 'x' } }, '/filter/data/$not'],
    ['a slash in a name', { 'a/b': { $nope: 1 } }, '/filter/a~1b/$nope'],
  ])('refuses %s', (_, filter, pointer) => {
    const fault = faultOf(filter);
    expect(fault?.pointer).toBe(pointer);
    expect(fault?.message).toMatch(/^(is|must) .+/);
  });

  it('refuses what is too deep or too large, before it costs anything', () => {
    let deep: JsonObject = { x: 1 };
    for (let i = 0; i < 5000; i++) deep = { data: deep };
    expect(faultOf(deep)?.message).toBe('is nested deeper than 10 levels');
    expect(faultOf({ data: { $in: Array.from({ length: 500 }, (_, i) => i) } })?.message).toMatch('more than 200');
  });

  it('takes data that cannot be compared for no match', () => {
    const data = [{ toString: 0, valueOf: 0 }];
    for (const filter of [
      { data: { $gt: [{ x: 1 }] } },
      { data: { $lt: 5 } },
      { data: { $in: ['a'] } },
      { data: 'a' },
    ]) {
      expect(eventFilter(filter as JsonObject)(event(data))).toBe(false);
    }
  });

  const names = fc.constantFrom('data', 'data.a', 'data.a.0', 'a', '', '.', 'type', 'length', 'toString');
  const operators = fc.constantFrom(
    ...'all and elemMatch eq exists gt gte in lt lte mod ne nin nor not or size where'
      .split(' ')
      .map((name) => `$${name}`),
  );
  const { filter } = fc.letrec<{ filter: JsonObject; value: Json }>((tie) => ({
    filter: fc.dictionary(fc.oneof(names, operators), tie('value'), { maxKeys: 3, noNullPrototype: true }),
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<Json>(0, 1, 2.5, 'a', '', true, null),
      tie('filter'),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
  }));

  it('either refuses a filter by a fault, or decides about every event', () => {
    fc.assert(
      fc.property(
        filter,
        fc.array(fc.jsonValue() as fc.Arbitrary<Json>, { minLength: 1, maxLength: 3 }),
        (query, all) => {
          if (faultOf(query)) return;
          const decide = eventFilter(query);
          for (const data of [...all, { a: all }]) expect(typeof decide(event(data))).toBe('boolean');
        },
      ),
      { numRuns: 2000 },
    );
  });
});
