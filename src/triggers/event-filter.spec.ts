import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ReceivedEvent } from '../domain/event.js';
import type { Json, JsonObject } from '../domain/json.js';
import { TooCostlyError } from '../domain/budget.js';
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
    ['a query among values', { data: { $in: [{ $gt: 1 }] } }, '/filter/data/$in/0/$gt'],
    ['a query within a value', { data: { $eq: { x: [{ $gt: 1 }] } } }, '/filter/data/$eq/x/0/$gt'],
    ['a comparison without a member', { $gt: 1 }, '/filter/$gt'],
    ['a comparison of an element without a member', { $or: [{ $exists: true }] }, '/filter/$or/0/$exists'],
    ['operators mixed with members', { data: { $gt: 1, x: 2 } }, '/filter/data'],
    ['a query of the whole under a member', { data: { $or: [{ x: 1 }] } }, '/filter/data/$or'],
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

  it.each<[JsonObject, Json]>([
    ...['5', '', ['5'], [[5]], [], true, false, null, {}].map((data): [JsonObject, Json] => [
      { data: { $mod: [5, 0] } },
      data,
    ]),
    [{ 'data.length': 2 }, ['a', 'b']],
    [{ 'data.length': { $exists: true } }, ['a', 'b']],
    [{ 'data.x.length': 3 }, { x: 'abc' }],
    [{ 'data.0': 'a' }, 'abc'],
    [{ 'data.toString': { $exists: true } }, {}],
    [{ 'data.toString': { $ne: null } }, {}],
    [{ 'data.valueOf.name': 'valueOf' }, {}],
    [{ 'data.hasOwnProperty': { $exists: true } }, [{}]],
    [{ 'data.01': 'b' }, ['a', 'b']],
    [{ 'data.-1': 'b' }, ['a', 'b']],
    [{ 'data.1e0': 'b' }, ['a', 'b']],
    [{ data: 1 }, '1'],
    [{ data: '1' }, 1],
    [{ data: true }, 1],
    [{ data: 0 }, false],
    [{ data: 0 }, ''],
    [{ data: '' }, []],
    [{ data: null }, 0],
    [{ data: 'a' }, { a: 1 }],
    [{ data: {} }, []],
    [{ data: [] }, {}],
    [{ data: { a: 1 } }, { a: '1' }],
    [{ data: ['1'] }, [1]],
    [{ data: { $in: [1, 'true'] } }, ['1', true]],
    [{ data: { $all: ['1'] } }, [1]],
    [{ data: { $all: [] } }, []],
    [{ data: { $gt: 1 } }, '2'],
    [{ data: { $gt: '1' } }, 2],
    [{ data: { $gte: 0 } }, null],
    [{ data: { $gte: 0 } }, true],
    [{ data: { $lte: null } }, 0],
    [{ data: { $lt: 5 } }, []],
    [{ data: { $lt: [5] } }, [4]],
    [{ 'data.x': { $lt: 5 } }, {}],
    [{ data: { $size: 0 } }, ''],
    [{ data: { $size: 1 } }, { length: 1 }],
    [{ data: { $size: 3 } }, 'abc'],
    [{ data: { $elemMatch: { a: 1 } } }, { a: 1 }],
    [{ data: { $elemMatch: { a: 1 } } }, [[{ a: 1 }]]],
    [{ data: { $elemMatch: { length: 2 } } }, [['a', 'b']]],
    [{ data: { $elemMatch: { $gte: 1 } } }, ['1', true, null]],
  ])('does not take %j for a match of %j', (filter, data) => expect(eventFilter(filter)(event(data))).toBe(false));

  it.each<[JsonObject, Json]>([
    [{ data: { $mod: [5, 0] } }, ['x', 10]],
    [{ data: { $mod: [2, 0] } }, -4],
    [{ 'data.length': 5 }, { length: 5 }],
    [{ 'data.toString': null }, {}],
    [{ 'data.toString': 'own' }, { toString: 'own' }],
    [{ 'data.1': 'b' }, ['a', 'b']],
    [{ 'data.0.a': 1 }, [{ a: 1 }]],
    [{ 'data.a.b': 2 }, [{ a: [{ b: 1 }] }, { a: { b: 2 } }]],
    [{ data: { b: 2, a: 1 } }, { a: 1, b: 2 }],
    [{ data: [1, 2] }, [1, 2]],
    [{ data: [1, 2] }, [0, [1, 2]]],
    [{ data: { $gte: null } }, null],
    [{ data: { $gt: false } }, true],
    [{ data: { $all: [{ $elemMatch: { a: 1 } }, { $elemMatch: { b: 1 } }] } }, [{ a: 1 }, { b: 1 }]],
    [{ data: { $elemMatch: { $gt: 1, $lt: 3 } } }, [0, 2, 4]],
    [{ data: { $not: { $elemMatch: { $gt: 1, $lt: 3 } } } }, [0, 4]],
  ])('takes %j for a match of %j', (filter, data) => expect(eventFilter(filter)(event(data))).toBe(true));

  it('gives up on an event that it would look at for too long, and on nothing that is usual', () => {
    const zeros: Json = Array.from({ length: 500_000 }, () => 0);
    expect(eventFilter({ data: 1 })(event(zeros))).toBe(false);
    expect(eventFilter({ data: 0 })(event(zeros))).toBe(true);
    const alternatives = eventFilter({ $or: Array.from({ length: 95 }, (_, index) => ({ data: index + 1 })) });
    expect(() => alternatives(event(zeros))).toThrow(TooCostlyError);
    let nested: Json = [{}];
    for (let level = 0; level < 30; level++) nested = [{ 0: nested }];
    expect(() => eventFilter({ [`data${'.0'.repeat(60)}`]: 1 })(event(nested))).toThrow(TooCostlyError);
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
