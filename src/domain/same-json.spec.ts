import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';
import { isSameJson } from './same-json.js';

const json = fc.jsonValue({ maxDepth: 3 });

describe('whether two values are the same JSON', () => {
  it('is what their canonical texts say', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        expect(isSameJson(one, other)).toBe(canonicalJson(one) === canonicalJson(other));
        expect(isSameJson(one, JSON.parse(JSON.stringify(one)))).toBe(true);
      }),
    );
  });

  it.each([
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [{ a: null }, { b: null }],
    [[1], { 0: 1 }],
    [null, {}],
    [[1, 2], [1]],
    [JSON.parse('{"__proto__":{}}'), { b: 1 }],
  ])('tells %j and %j apart', (one, other) => {
    expect(isSameJson(one, other)).toBe(false);
  });
});
