import { expect, it } from 'vitest';
import type { Schemas } from '../api/client.ts';
import { verdictOf } from './verdict.model.ts';

type Outcomes = Schemas['TaskOutcomesResponse'];

const of = (states: readonly string[], more: Partial<Outcomes> = {}): Outcomes => ({
  ...{ taskId: 'a', failuresInRow: 0, lastSuccessAt: null, overdueSince: null },
  outcomes: states.map((outcome) => ({ outcome, count: 1 }) as Outcomes['outcomes'][number]),
  ...more,
});
const AT = '2030-01-01T00:00:00Z';
const active = { state: 'active' } as const;

it('a task that does well says so, and how often it did not', () => {
  expect(verdictOf(active, of(['succeeded', 'running']))).toEqual({
    tone: 'good',
    sentence: 'Its last run succeeded.',
  });
  expect(verdictOf(active, of(['failed', 'succeeded', 'succeeded', 'skipped'])).sentence).toBe(
    'Its last run succeeded. Of the last 3, 1 did not.',
  );
});

it('a task that fails says for how long, and when it last did well', () => {
  expect(verdictOf(active, of(['succeeded', 'failed', 'failed'], { failuresInRow: 2, lastSuccessAt: AT }))).toEqual({
    tone: 'bad',
    sentence: 'Its last 2 runs failed; one last succeeded at',
    at: AT,
  });
  expect(verdictOf(active, of(['failed'], { failuresInRow: 1 })).sentence).toBe(
    'Its last run failed, and none before that is known to have succeeded.',
  );
  expect(verdictOf(active, of(['succeeded', 'missed'])).sentence).toBe(
    'Its last one is missed. Of the last 2, 1 did not.',
  );
});

it('what should have started comes first, unless the task is paused', () => {
  const overdue = of(['succeeded'], { overdueSince: AT });
  expect(verdictOf(active, overdue)).toMatchObject({ tone: 'bad', at: AT });
  expect(verdictOf({ state: 'paused' }, overdue).tone).toBe('good');
});

it('a task without an end has none to judge by', () => {
  expect(verdictOf(active, of(['running'])).sentence).toBe('No run of it has ended yet.');
  expect(verdictOf(active, null).tone).toBe('calm');
});
