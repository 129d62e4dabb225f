import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Fault } from './errors.js';
import { JsonTextError, parseJson } from './json-text.js';

const faultOf = (text: string): Fault | null => {
  try {
    parseJson(text);
    return null;
  } catch (error) {
    if (error instanceof JsonTextError) return error.fault;
    throw error;
  }
};

const name = fc.oneof(
  fc.constantFrom('constructor', 'toString', 'then', '$where', 'a.b', '', '"', '\\', '\\"', ':', 'a/b', '~', '7', ' '),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('json'), { maxLength: 5 }),
    fc.dictionary(name, tie('json'), { maxKeys: 5 }),
  ),
}));

describe('parseJson', () => {
  it('reads what is written, whatever the names and the white space', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('finds the member that is there twice, wherever it is and however it is written', () => {
    fc.assert(
      fc.property(json, name, json, fc.boolean(), (first, twice, second, escaped) => {
        fc.pre(twice !== '__proto__');
        const spelt = JSON.stringify(twice);
        const again = escaped ? `"${unicodeEscaped(twice)}"` : spelt;
        const object = `{"x":[${JSON.stringify(first)}], ${spelt} : ${JSON.stringify(second)},"z":{},${again}:1}`;
        fc.pre(twice !== 'x' && twice !== 'z');
        const pointer = `/deep/1/${twice.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        expect(faultOf(`{"deep": [0, ${object}]}`)).toEqual({ pointer, detail: 'is there twice' });
      }),
    );
  });

  it.each([
    ['{"a":{"b":1},"c":{"b":1}}'],
    ['[{"b":1},{"b":1}]'],
    ['{"a":"b","b":"a"}'],
    ['{"a":":","b":"\\":\\""}'],
    ['{"a\\\\":1,"a":2}'],
  ])('sees that in %s none is', (text) => expect(faultOf(text)).toBeNull());

  it('keeps the digits of every integer, or refuses it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (integer) => {
        const text = `{"a":[0.5,${integer}]}`;
        const fault = faultOf(text);
        if (fault) expect(fault).toMatchObject({ pointer: '/a/1', detail: expect.stringContaining('kept exactly') });
        else expect(JSON.stringify(parseJson(text))).toBe(text);
        if (integer >= -(2n ** 53n) && integer <= 2n ** 53n) expect(fault).toBeNull();
      }),
    );
  });

  it.each(['9007199254740993', '-9007199254740993', '1152921504606846976', '1'.repeat(300), '12345678901234567890'])(
    'refuses the integer %s',
    (text) => expect(faultOf(text)?.pointer).toBe(''),
  );

  it.each(['9007199254740991', '9007199254740992', '0.12345678901234567890123', '1e300', '-0', '1.0'])(
    'takes the number %s',
    (text) => expect(faultOf(text)).toBeNull(),
  );

  it.each([
    ['1e400', '', 'is not a number that JSON can carry'],
    ['[1e400]', '/0', 'is not a number that JSON can carry'],
    ['["\\ud800"]', '/0', 'is not well-formed Unicode'],
    ['{"\\udc00":1}', '/\udc00', 'is not an allowed member name'],
    ['{"a":[{"__proto__":1}]}', '/a/0/__proto__', 'is not an allowed member name'],
    ['{"constructor":{"prototype":1}}', '/constructor/prototype', 'is not an allowed member name'],
    ['{"a\\u0000":1}', '/a\0', 'is not an allowed member name'],
    [' ', '', expect.stringContaining('is not JSON')],
    ['{"a":1,}', '', expect.stringContaining('is not JSON')],
  ])('refuses %s', (text, pointer, detail) => expect(faultOf(text)).toEqual({ pointer, detail }));

  it('goes 64 levels deep', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(faultOf(nested(65))).toBeNull();
    expect(faultOf(nested(66))).toEqual({ pointer: '/0'.repeat(65), detail: 'is nested deeper than 64 levels' });
    expect(faultOf(nested(50_000))?.detail).toBe('is nested deeper than 64 levels');
  });

  it('parses nothing of more than fifty thousand members, objects and lists, whatever the text is', () => {
    const much = 'holds more than 50000 members, objects and lists';
    for (const text of ['['.repeat(500_000), `[${'{},'.repeat(50_000)}0]`, `{${'"a":1,'.repeat(60_000)}"b":1}`])
      expect(faultOf(text)).toEqual({ pointer: '', detail: much });
    expect(faultOf(`[${'0,"[{:",'.repeat(60_000)}0]`)).toBeNull();
    expect(faultOf(`[${'"'.repeat(3)}`)?.detail).toContain('is not JSON');
  });
});

const unicodeEscaped = (text: string): string =>
  Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
