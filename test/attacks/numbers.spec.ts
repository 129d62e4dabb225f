import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { wholeNumber } from '../../src/rest/http/numbers.js';
import { RestWorld } from '../rest/rest-world.js';

const NOT_DECIMAL = ['0x10', '0b1', '0o7', '1e1', '%205', '5%20', '%2B5', '+5', '5.0', '05', '5n', '1_0', 'Infinity'];
const ALSO_BAD = ['', '-0', '-1', '%E2%81%B5', '%D9%A5', '9'.repeat(30), 'null', 'true', '[5]', '5,6', '5&limit=6'];

let world: RestWorld;
let id: string;
beforeAll(async () => {
  world = await RestWorld.start();
  ({ id } = await world.task());
});
afterAll(() => world.stop());

describe('a number in a query', () => {
  it.each([...NOT_DECIMAL, ...ALSO_BAD])('is refused as %j', async (text) => {
    const same = text.replace('&limit=', '&count=');
    const lines = [
      ...['tasks', 'runs', 'audit', 'instances', 'api-keys', `tasks/${id}/occurrences`].map(
        (path) => `${path}?limit=${text}`,
      ),
      `forecast?hours=${text.replace('&limit=', '&hours=')}`,
      `tasks/${id}/next-runs?count=${same}`,
    ];
    for (const line of lines) {
      const { status, body } = await world.ask(`GET /v1/${line}`);
      expect({ line, status, sentence: body.errors?.[0]?.detail }).toMatchObject({
        ...{ line, status: 400 },
        sentence: expect.stringMatching(/must be a whole number from 1 to \d+/),
      });
    }
  });

  it('is taken as a decimal and nothing else', () => {
    const schema = wholeNumber(-1000, 1000, 7);
    expect(schema.parse(undefined)).toBe(7);
    fc.assert(fc.property(fc.integer({ min: -1000, max: 1000 }), (number) => schema.parse(String(number)) === number));
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789-+.eExXbBo _ \t\n'.split('')) }), (text) => {
        expect(schema.safeParse(text).success).toBe(/^(0|-?[1-9]\d{0,2}|-?1000)$/.test(text));
      }),
    );
  });
});
