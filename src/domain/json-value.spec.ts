import { describe, expect, it } from '@jest/globals';
import { jsonFault } from './json-value.js';

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;
const many = Array.from({ length: 10_000 }, () => 0);

describe('jsonFault', () => {
  it.each([[null], [0], [''], [[]], [{}], [{ constructor: 1, toString: { valueOf: [] } }], [Object.create(null)]])(
    'finds nothing wrong with %j',
    (value) => expect(jsonFault(value)).toBeNull(),
  );

  it.each([
    [undefined, ''],
    [{ a: [undefined] }, '/a/0'],
    [{ a: undefined }, '/a'],
    [[1n], '/0'],
    [[Number.NaN], '/0'],
    [{ a: () => 1 }, '/a'],
    [{ toJSON: () => 1 }, '/toJSON'],
    [{ a: new Date(0) }, '/a'],
    [[new Map()], '/0'],
    [{ a: Symbol('a') }, '/a'],
    [Array.from({ length: 1 }), '/0'],
    ['\ud800', ''],
    [JSON.parse('{"a":{"__proto__":1}}'), '/a/__proto__'],
  ])('points at what is not JSON in %p', (value, pointer) => expect(jsonFault(value)?.pointer).toBe(pointer));

  it('ends with a value that holds itself, or one part many times', () => {
    expect(jsonFault(cyclic)?.detail).toMatch(/nested deeper/);
    expect(jsonFault(Array.from({ length: 200 }, () => many))?.detail).toMatch(/more values/);
  });

  it('takes an undefined member for none where that is asked for', () => {
    expect(jsonFault({ a: undefined }, { undefinedIsAbsent: true })).toBeNull();
    expect(jsonFault({ a: [undefined] }, { undefinedIsAbsent: true })?.pointer).toBe('/a/0');
  });
});
