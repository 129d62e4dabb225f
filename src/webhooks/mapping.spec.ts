import { describe, expect, it } from '@jest/globals';
import type { Json } from '../domain/json.js';
import { mapped, valueAt } from './mapping.js';
import { mappingSchema, type Mapping } from '../domain/payload-mapping.js';
import { payloadOf } from './payload.js';
import type { Scheme } from './scheme-schema.js';

const map = (
  payload: Json,
  mapping: Mapping = {},
  {
    scheme = { type: 'standard' },
    event = null,
    headers = {},
  }: { scheme?: Scheme; event?: string | null; headers?: Record<string, string> } = {},
) => mapped({ scheme, event, mapping }, payload, (name) => headers[name]);

describe('the mapping of a payload', () => {
  it('takes the type from a header, a path, or the source, and the whole body as data', () => {
    expect(map({ type: 'a.b', n: 1 })).toEqual({ type: 'a.b', data: { type: 'a.b', n: 1 } });
    expect(map([1], {}, { event: 'fixed' })).toEqual({ type: 'fixed', data: [1] });
    expect(map({}, { type: { header: 'x-kind', prefix: 'ci.' } }, { headers: { 'x-kind': 'done' } }).type).toBe(
      'ci.done',
    );
    expect(map({ a: { 'b.c': ['x', 'y'] } }, { type: { path: '/a/b.c/1' } }).type).toBe('y');
    const github: Scheme = { type: 'github' };
    expect(map({}, {}, { scheme: github, headers: { 'x-github-event': 'push' } }).type).toBe('github.push');
    expect(map({ event: { type: 'message' }, type: 'event_callback' }, {}, { scheme: { type: 'slack' } }).type).toBe(
      'slack.message',
    );
  });

  it('takes chosen values, and headers beside them', () => {
    const mapping: Mapping = { data: { suite: 'suite.name', first: 'list.0' }, headers: ['x-run', 'x-none'] };
    const body = { type: 't', suite: { name: 'smoke' }, list: [null] };
    expect(map(body, mapping, { headers: { 'x-run': '7', 'x-other': 'no' } }).data).toEqual({
      body: { suite: 'smoke', first: null },
      headers: { 'x-run': '7' },
    });
  });

  it.each<[string, Json, Mapping]>([
    ['no type', { n: 1 }, {}],
    ['a type that is no text', { type: 1 }, {}],
    ['a type with a space', { type: 'a b' }, {}],
    ["a type of the engine's own", { type: 'run.succeeded' }, {}],
    ["a type of the engine's own by a prefix", { type: 'changed' }, { type: { path: 'type', prefix: 'task.' } }],
    ['a missing header', { type: 'x' }, { type: { header: 'x-kind' } }],
    ['a missing path', { type: 'x' }, { data: { a: 'b.c' } }],
    ['an inherited member', { type: 'x' }, { data: { a: 'constructor.name' } }],
    ['the length of a list', { type: 'x', list: [1] }, { data: { a: 'list.length' } }],
    ['a character of a text', { type: 'x' }, { data: { a: 'type.0' } }],
  ])('refuses %s', (_, payload, mapping) => {
    expect(() => map(payload, mapping)).toThrow(/no type|type of the event|nothing at/);
  });

  it('treats the names of members as data', () => {
    const payload = payloadOf(
      Buffer.from('{"type":"x","constructor":{"a":1},"toString":2,"hasOwnProperty":3}'),
      undefined,
    );
    const data = { toString: 'constructor.a', valueOf: 'toString', ['__proto__']: 'hasOwnProperty' };
    const mapping = mappingSchema.parse({ data: { toString: 'constructor.a', valueOf: 'toString' } });
    expect(map(payload, mapping).data).toEqual({ toString: 1, valueOf: 2 });
    expect(valueAt(payload, '__proto__')).toBeUndefined();
    expect(Object.getPrototypeOf(map(payload, { data }).data)).toBe(Object.prototype);
  });
});

describe('a payload', () => {
  const FORM = 'application/x-www-form-urlencoded; charset=utf-8';
  const read = (text: string, type?: string) => payloadOf(Buffer.from(text), type);

  it('is JSON of whatever type, or a form', () => {
    expect(read('{"a":[1]}')).toEqual({ a: [1] });
    expect(read('{"a":1}', 'text/plain')).toEqual({ a: 1 });
    expect(read('payload=%7B%22a%22%3A1%7D', FORM)).toEqual({ a: 1 });
    expect(read('command=%2Frun&text=a+b', FORM)).toEqual({ command: '/run', text: 'a b' });
  });

  it.each<[string, string, string?]>([
    ['nothing', ''],
    ['no JSON', '{"a"'],
    ['a member twice', '{"a":1,"a":2}'],
    ['a trap', '{"__proto__":{"a":1}}'],
    ['deep nesting', '['.repeat(200) + ']'.repeat(200)],
    ['a field twice', 'a=1&a=2', FORM],
    ['a field that is a trap', '__proto__=1', FORM],
    ['a form without JSON in its payload', 'payload=x', FORM],
    ['too many fields', Array.from({ length: 1001 }, (_, n) => `f${n}=1`).join('&'), FORM],
  ])('cannot be %s', (...[, text, type]) => {
    expect(() => read(text, type)).toThrow();
  });

  it('cannot be other than UTF-8', () => {
    expect(() => payloadOf(Buffer.from([0x22, 0xff, 0x22]), undefined)).toThrow('UTF-8');
  });
});
