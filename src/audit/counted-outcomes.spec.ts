import { describe, expect, it } from '@jest/globals';
import { T0 } from '../../test/support/builders.js';
import type { Json } from '../domain/json.js';
import { ENGINE } from './actor.js';
import { entryOf, GENESIS, linked } from './audit-entry.js';
import { briefly, OUTCOMES } from './counted-outcomes.js';

const recordOf = (after: Json, action = OUTCOMES) => {
  const object = { type: 'audit', id: 'acme' } as const;
  const draft = { id: 'e', organization: 'acme', at: T0, actor: ENGINE, action, object, objects: ['acme'] };
  return linked([{ ...draft, before: null, after }], GENESIS)[0]!;
};
const run = (state: string, scheduledFor: number) => ({ id: 'r', state, scheduledFor, finishedAt: scheduledFor + 5 });

describe('an entry of outcomes in a list', () => {
  it('counts them by state, with the list that has each of them, and keeps all else', () => {
    const runs = [run('succeeded', T0 + 2000), run('failed', T0), run('succeeded', T0 + 1000)];
    const record = recordOf({ to: { at: T0, id: 'r' }, runs });
    const { after, ...rest } = entryOf(briefly(record));
    expect(after).toEqual({
      to: { at: T0, id: 'r' },
      states: { succeeded: 2, failed: 1 },
      runs: '/v1/runs?from=2027-01-04T09:00:00.000Z&to=2027-01-04T09:00:02.001Z',
    });
    const { after: _, ...whole } = entryOf(record);
    expect(rest).toEqual(whole);
  });

  it.each([
    ['a run that could not be read', [{ id: 'r', taskId: 't', finishedAt: T0, unreadable: 'why' }], { unreadable: 1 }],
    ['an instant that is none', [{ id: 'r', state: 'failed', scheduledFor: 1e300, finishedAt: 'x' }], { failed: 1 }],
    ['no run', [], {}],
  ])('can be shown with %s', (_, runs, states) => {
    expect(entryOf(briefly(recordOf({ runs }))).after).toMatchObject({
      states,
      runs: expect.stringMatching(/^\/v1\/runs/),
    });
  });

  it.each([
    ['another action', recordOf({ runs: [] }, 'task.created')],
    ['something else in its place', recordOf({ runs: 'all' })],
    ['nothing', recordOf(null)],
    ['a text that cannot be read', { ...recordOf(null), body: '{' }],
  ])('is left as it is with %s', (_, record) => {
    expect(briefly(record)).toBe(record);
  });
});
