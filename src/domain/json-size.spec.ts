import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from './json.js';
import { jsonSize } from './json-size.js';

it('is the number of bytes that JSON takes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      expect(jsonSize(value as Json)).toBe(Buffer.byteLength(JSON.stringify(value)));
    }),
  );
});
