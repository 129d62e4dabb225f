import { expect, test } from 'vitest';
import { runFilterOf, runQueryOf } from '../api/filters.ts';
import { chipsOf } from './run-filters.model.ts';

const NOON = Date.parse('2027-01-31T12:00:00Z');

test('an address is asked for as it says, and what it does not know is left out', () => {
  const filter = runFilterOf({
    ...{
      only: 'bad',
      since: '8h',
      by: 'finishedAt',
      minLatenessMs: '1000',
      minDurationMs: -5,
      order: 'newest',
      tag: 7,
    },
    ...{ text: ' away ', state: 'lost' },
  });
  expect(filter).toEqual({ only: 'bad', since: '8h', by: 'finishedAt', minLatenessMs: 1000, tag: '7', text: 'away' });
  expect(runQueryOf(filter, NOON)).toEqual({
    ...{ state: ['failed', 'timed_out', 'missed'], from: '2027-01-31T04:00:00.000Z', by: 'finishedAt' },
    ...{ minLatenessMs: 1000, tag: ['7'], text: 'away' },
  });
});

test('a state that is chosen counts before what went wrong, and what is not mended is asked for so', () => {
  expect(runQueryOf({ only: 'bad', state: 'missed' }, NOON)).toEqual({ state: 'missed' });
  expect(runQueryOf({ only: 'unmended', taskId: 't' }, NOON)).toEqual({ unmended: 'true', taskId: 't' });
});

test('every filter is a chip that can be removed', () => {
  const told = (filter: Parameters<typeof chipsOf>[0]) =>
    chipsOf(filter).flatMap(({ name, value, members }) => (value === undefined ? [] : [[name, value, ...members]]));
  expect(told({})).toEqual([]);
  expect(told({ only: 'unmended', since: '1d', by: 'finishedAt', state: 'timed_out', minDurationMs: 60_000 })).toEqual([
    ['only', 'what nothing has mended', 'only'],
    ['state', 'timed out', 'state'],
    ['ended in', 'the last day', 'since', 'by'],
    ['took', '1 min or more', 'minDurationMs'],
  ]);
  expect(told({ since: '1h', order: 'oldest' })).toEqual([
    ['planned in', 'the last hour', 'since', 'by'],
    ['order', 'oldest first', 'order'],
  ]);
});
