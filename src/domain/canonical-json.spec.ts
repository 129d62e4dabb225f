import { describe, expect, it } from '@jest/globals';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';

describe('the canonical JSON', () => {
  it('is that of RFC 8785, whatever the value', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('10', '9', '-1', '__proto__', 'é', '\u2028'));
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        ...[text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean(), fc.constant(null)],
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(text, tie('value'), { maxKeys: 8 }),
      ),
    }));
    fc.assert(fc.property(value, (each) => expect(canonicalJson(each)).toBe(canonicalize(each))));
  });

  it('leaves out members that are undefined', () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
  });

  it('is in order where an object has many members', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${(i * 7919) % 500}`, i]));
    expect(canonicalJson(many)).toBe(canonicalize(many));
  });

  it('refuses what has no end', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(() => canonicalJson(circular)).toThrow(TypeError);
  });
});
