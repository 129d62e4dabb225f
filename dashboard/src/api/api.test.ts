import { expect, it } from 'vitest';
import { preferencesFrom } from '../app/preferences.ts';
import { spanFor } from '../screens/spans.ts';
import { endOf } from '../session/token.ts';
import { EventParser } from './event-parser.ts';
import { runFilterOf, taskFilterOf } from './filters.ts';

const STREAM = ': beat\n\nid: 7\r\ndata: {"a":\r\ndata: 1}\r\n\r\nevent: end\ndata: {}\n\n';
const EVENTS = [
  { id: '7', type: 'message', data: '{"a":\n1}' },
  { id: '', type: 'end', data: '{}' },
];

it('a stream is read wherever it is cut', () => {
  for (let size = 1; size <= STREAM.length; size++) {
    const parser = new EventParser();
    const parts = Array.from({ length: Math.ceil(STREAM.length / size) }, (_, at) =>
      STREAM.slice(at * size, (at + 1) * size),
    );
    expect(parts.flatMap((part) => parser.take(part))).toEqual(EVENTS);
  }
});

it('filters of an address hold what is known, and nothing else', () => {
  expect(taskFilterOf({ state: 'paused', q: 7, tag: ' ', evil: 'x', queue: { a: 1 } })).toEqual({
    state: 'paused',
    q: '7',
  });
  expect(runFilterOf({ state: '<b>', trigger: 'manual', taskId: 'x'.repeat(1000) })).toEqual({
    trigger: 'manual',
    taskId: 'x'.repeat(200),
  });
});

it.each([null, '{', '[]', '{"theme":"<b>","zone":1,"keys":"no"}'])('preferences %j become the defaults', (text) => {
  expect(preferencesFrom(text)).toEqual({ theme: 'auto', zone: 'mine', keys: true });
});

it('the end of a token is read, where there is one', () => {
  expect(endOf(`x.${btoa('{"exp":12}').replace(/=+$/, '')}.y`)).toBe(12_000);
  for (const none of [null, '', 'a.b.c', `x.${btoa('{}')}.y`]) expect(endOf(none)).toBeNull();
});

it('the time that is shown fits how often a task runs', () => {
  expect(spanFor([0, 1000, 2000])).toBe(300_000);
  expect(spanFor([0, 3_600_000])).toBe(86_400_000);
  expect(spanFor([])).toBe(86_400_000);
});
