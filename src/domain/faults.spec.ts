import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { faultsOf, pointerOf } from './faults.js';

const faults = (schema: z.ZodType, value: unknown) => {
  const { error } = schema.safeParse(value);
  return error ? faultsOf(error) : [];
};

describe('pointerOf', () => {
  it('points at the whole, at members and at places in lists', () => {
    expect([pointerOf([]), pointerOf(['a', 0, 'b']), pointerOf([''])]).toEqual(['', '/a/0/b', '/']);
  });

  it('can be taken apart again, whatever the names are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('~', '/', '0', '1', 'a', '') })), (path) => {
        const parts = pointerOf(path).split('/').slice(1);
        expect(parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))).toEqual(path);
      }),
    );
  });
});

describe('faultsOf', () => {
  const schema = z.strictObject({ a: z.number().min(1), list: z.array(z.strictObject({ x: z.string() })) });

  it('has one fault per thing that is wrong, each with a sentence', () => {
    expect(faults(schema, { a: 0, list: [{ x: 'x' }, { x: 1, 'y/z': 2, w: 3 }], extra: 4 })).toEqual([
      { pointer: '/a', detail: 'expected number to be >=1' },
      { pointer: '/list/1/x', detail: 'expected string, received number' },
      { pointer: '/list/1/y~1z', detail: 'is not a known member' },
      { pointer: '/list/1/w', detail: 'is not a known member' },
      { pointer: '/extra', detail: 'is not a known member' },
    ]);
  });

  it('points at what is missing, and at the whole', () => {
    expect(faults(schema, { a: 1 }).map(({ pointer }) => pointer)).toEqual(['/list']);
    expect(faults(schema, null)).toEqual([{ pointer: '', detail: 'expected object, received null' }]);
  });

  it('names the member that tells alternatives apart, and has a sentence where there is none', () => {
    const either = z.discriminatedUnion('type', [
      z.object({ type: z.literal('a') }),
      z.object({ type: z.literal('b') }),
    ]);
    expect(faults(either, { type: 'c' })).toEqual([
      { pointer: '/type', detail: 'must be one of the known values of "type"' },
    ]);
    expect(faults(z.object({ v: z.union([z.string(), z.int()]) }), { v: true })).toEqual([
      { pointer: '/v', detail: 'is not an accepted value' },
    ]);
  });
});
