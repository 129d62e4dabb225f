import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aTask, onEvent, T0 } from '../../test/support/builders.js';
import { addShapes, anyTerm, MOST_SHAPES, termsOfTask } from '../domain/event-index.js';
import type { ReceivedEvent } from '../domain/event.js';
import type { Json, JsonObject } from '../domain/json.js';
import type { Task } from '../domain/task.js';
import { eventFilter } from './event-filter.js';
import { termsOf } from './event-terms.js';

const event = (data: Json): ReceivedEvent => ({ id: 'e', type: 'x', data, receivedAt: T0 });
const waiting = (filter: JsonObject): Task => aTask({ definition: { triggers: [onEvent('x', filter)] } });

/** The shapes of an organization that stored these tasks in this order. */
function shapesOf(tasks: readonly Task[]): Set<string> {
  const shapes = new Set<string>();
  for (const task of tasks) addShapes(shapes, task);
  return shapes;
}

/** Which of the filters are compared with the event. */
function comparedWith(data: Json, filters: readonly JsonObject[]): boolean[] {
  const tasks = filters.map(waiting);
  const shapes = shapesOf(tasks);
  const asked = termsOf(event(data), [...shapes]);
  const all = asked && new Set([anyTerm('x'), ...asked]);
  return tasks.map((task) => !all || termsOfTask(task, shapes).some((term) => all.has(term)));
}

describe('the index of event triggers', () => {
  it.each<[JsonObject, Json, boolean]>([
    [{ 'data.suite': 'a' }, { suite: 'a' }, true],
    [{ 'data.suite': 'a' }, { suite: 'b' }, false],
    [{ 'data.suite': { $eq: 'a' } }, { suite: 'b' }, false],
    [{ 'data.n': 1 }, { n: '1' }, false],
    [{ 'data.on': true }, { on: 'true' }, false],
    [{ 'data.suite': { $in: ['a', 'b'] } }, { suite: 'b' }, true],
    [{ 'data.suite': { $in: ['a', 'b'] } }, { suite: 'c' }, false],
    [{ $and: [{ 'data.suite': 'a' }, { 'data.n': { $gt: 1 } }] }, { suite: 'b', n: 2 }, false],
    [{ 'data.status': 'failed', 'data.suite': 'a' }, { status: 'failed', suite: 'b' }, false],
    [{ 'data.status': 'failed', 'data.suite': 'a' }, { status: 'failed', suite: ['b', 'a'] }, true],
    [{ 'data.items.name': 'a' }, { items: [{ name: 'b' }, { name: ['c', 'a'] }] }, true],
    [{ 'data.items.1.name': 'a' }, { items: [{ name: 'a' }, { name: 'b' }] }, false],
    // What cannot be looked up is compared with each event.
    [{ $or: [{ 'data.suite': 'a' }] }, {}, true],
    [{ 'data.suite': null }, {}, true],
    [{ 'data.suite': { $ne: 'a' } }, {}, true],
    [{ 'data.suite': { $in: ['a', null] } }, {}, true],
    [{ 'data.suite': { name: 'a' } }, {}, true],
    [{ data: { $elemMatch: { suite: 'a' } } }, {}, true],
    [{ 'data.n': { $in: Array.from({ length: 9 }, (_, i) => i) } }, {}, true],
    [{}, {}, true],
  ])('compares %j with an event of %j: %s', (filter, data, is) => expect(comparedWith(data, [filter])).toEqual([is]));

  it('compares an event that has too many values with all of its type', () => {
    const filters = [{ 'data.tags': 'a' }, { 'data.a': 1, 'data.b': 1 }];
    const many = Array.from({ length: 600 }, (_, index) => index);
    expect(comparedWith({ tags: many }, filters)).toEqual([true, true]);
    expect(comparedWith({ a: many.slice(0, 30), b: many.slice(0, 30) }, filters)).toEqual([true, true]);
    expect(comparedWith({ tags: Array.from({ length: 60_000 }, () => 0) }, filters)).toEqual([true, true]);
  });

  it('keeps the shapes of an organization and the terms of a task within bounds', () => {
    const shapes = shapesOf(Array.from({ length: 100 }, (_, index) => waiting({ [`data.at${index}`]: 1 })));
    expect(shapes.size).toBe(MOST_SHAPES);
    const late = waiting({ 'data.at99': 1, 'data.at3': 2 });
    const early = waiting({ 'data.at3': 2 });
    expect(termsOfTask(late, shapes)).toEqual(termsOfTask(early, shapes));
    const values = Array.from({ length: 8 }, (_, index) => index);
    const events = Array.from({ length: 10 }, (_, index) => ({
      event: `x${index}`,
      filter: { 'data.at3': { $in: values } },
    }));
    const wide = aTask({
      definition: {
        triggers: Array.from({ length: 20 }, (_, index) => ({
          ...{ type: 'event' as const },
          all: { events: events.map((each) => ({ ...each, event: `${each.event}-${index}` })), withinMs: 1000 },
        })),
      },
    });
    expect(new Set(termsOfTask(wide, shapes))).toEqual(
      new Set(Array.from({ length: 200 }, (_, index) => anyTerm(`x${index % 10}-${Math.floor(index / 10)}`))),
    );
  });

  const path = fc.constantFrom('data', 'data.a', 'data.b', 'data.a.b', 'data.a.0', 'data.0.a', 'type', 'data.b.a.b');
  const scalar = fc.constantFrom<Json>(0, 1, 2.5, 'a', '1', '', true, false, null);
  const { value, filter } = fc.letrec<{ value: Json; operand: Json; filter: JsonObject }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      scalar,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', '0'), tie('value'), { maxKeys: 3, noNullPrototype: true }),
    ),
    operand: fc.oneof(
      scalar,
      tie('value'),
      fc.record({ $eq: scalar }),
      fc.record({ $in: fc.array(scalar, { maxLength: 4 }) }),
      fc.record({ $eq: scalar, $in: fc.array(scalar, { maxLength: 4 }) }),
      fc.record({ $ne: scalar }),
      fc.record({ $not: fc.record({ $eq: scalar }) }),
      fc.record({ $exists: fc.boolean() }),
      fc.record({ $all: fc.array(scalar, { maxLength: 2 }) }),
    ),
    filter: fc.oneof(
      { maxDepth: 2 },
      fc.dictionary(path, tie('operand'), { maxKeys: 4, noNullPrototype: true }),
      fc
        .tuple(
          fc.dictionary(path, tie('operand'), { maxKeys: 2, noNullPrototype: true }),
          fc.constantFrom('$and', '$or', '$nor'),
          fc.array(tie('filter'), { minLength: 1, maxLength: 3 }),
        )
        .map(([members, name, list]): JsonObject => ({ ...members, [name]: list })),
    ),
  }));

  it('compares every filter that matches, whatever the filters and the event are', () => {
    let compared = 0;
    let spared = 0;
    fc.assert(
      fc.property(
        fc.array(filter, { minLength: 1, maxLength: 8 }),
        fc.array(value, { minLength: 1, maxLength: 4 }),
        (filters, events) => {
          for (const data of events) {
            const found = comparedWith(data, filters);
            filters.forEach((each, index) => {
              if (!found[index]) spared++;
              else compared++;
              if (!found[index]) expect(eventFilter(each)(event(data))).toBe(false);
            });
          }
        },
      ),
      { numRuns: 3000 },
    );
    // Otherwise nothing is shown.
    expect(Math.min(compared, spared)).toBeGreaterThan(1000);
  });
});
