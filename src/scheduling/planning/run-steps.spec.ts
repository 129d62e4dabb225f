import { describe, expect, it } from '@jest/globals';
import { aRun, aTask, T0 } from '../../../test/support/builders.js';
import type { Attempt, Run, RunProgress } from '../../domain/run.js';
import { changeOf } from '../ports/run-change.js';
import { stepsOf } from './run-steps.js';

const task = aTask({ definition: { name: 'nightly', tags: ['n'] } });
const held = (fields: Partial<Run> = {}): Run => aRun({ owner: 'i', attempt: 1, taskId: task.id, ...fields });
const attempt = (number: number, fields: Partial<Attempt> = {}): Attempt => ({
  ...{ number, instance: 'i', startedAt: T0, finishedAt: T0 + 5, outcome: 'failed' },
  ...fields,
});

const settings = { now: T0 + 9, isBegunTold: false, outputBytes: 0 };

/** The steps of the change from `run` to `progress`, each with its attempt. */
const stepsTo = (run: Run, progress: Partial<RunProgress>, given: Partial<typeof settings> = {}) =>
  stepsOf(changeOf(run, { ...run, ...progress }), { run, task }, { ...settings, ...given });
const named = (steps: ReturnType<typeof stepsOf>): string[] =>
  steps.map(({ message: { type, attempt: number } }) => `${type} ${number}`);

describe('stepsOf', () => {
  it('tells that an attempt has begun, once', () => {
    const running = { state: 'running', startedAt: T0 } as const;
    expect(named(stepsTo(held(), running))).toEqual(['run.started 1']);
    expect(stepsTo(held(), running, { isBegunTold: true })).toEqual([]);
  });

  it('tells all of a run that began and ended since it was written last', () => {
    const steps = stepsTo(held(), { state: 'succeeded', startedAt: T0, finishedAt: T0 + 5, attempts: [attempt(1)] });
    expect(named(steps)).toEqual(['run.started 1', 'run.succeeded 1']);
    expect(steps.map(({ proof }) => proof)).toEqual([
      { attempt: 1 },
      { attempt: 1, end: { state: 'succeeded', at: T0 + 5 } },
    ]);
    expect(steps[0]!.message.at).toBe(T0);
  });

  it('tells that another attempt follows, and when', () => {
    const error = { code: 'x', message: 'no' };
    const attempts = [attempt(1, { error })];
    const steps = stepsTo(held(), { state: 'retrying', attempt: 2, attempts, dueAt: T0 + 99 }, { isBegunTold: true });
    expect(named(steps)).toEqual(['run.retrying 1']);
    expect(steps[0]!.message).toMatchObject({ retryAt: T0 + 99, error, taskName: 'nightly', tags: ['n'] });
  });

  it.each<[string, Run, Partial<RunProgress>]>([
    ['is claimed', held(), {}],
    ['is put off', held(), { putOff: true }],
    ['is given back between two attempts', held({ attempt: 2, attempts: [attempt(1)] }), { owner: null }],
    ['is taken over while it waits for its call-back', held({ state: 'running' }), { owner: 'j' }],
    [
      'is taken over from an instance that may not have begun it',
      held(),
      { owner: 'j', attempt: 2, attempts: [attempt(1, { startedAt: null, outcome: 'lost' })] },
    ],
  ])('tells nothing of a run that %s', (_, run, progress) => {
    expect(stepsTo(run, progress)).toEqual([]);
  });

  it('gives a step the same id whoever tells it, and no two steps the same', () => {
    const run = held();
    const begun = stepsTo(run, { state: 'running' })[0]!.message.id;
    const ended = stepsTo(run, { state: 'failed', finishedAt: T0, attempts: [attempt(1)] }, { now: T0 + 1000 });
    expect(ended[0]!.message.id).toBe(begun);
    const again = stepsTo({ ...run, attempt: 2 }, { state: 'running' })[0]!.message.id;
    expect(new Set([begun, ended[1]!.message.id, again]).size).toBe(3);
  });

  it('has outputs only as large as somebody wants them', () => {
    const end = { state: 'succeeded', finishedAt: T0, output: 'x'.repeat(100) } as const;
    const outputs = [0, 50, 500].map((outputBytes) => stepsTo(held(), end, { outputBytes }).at(-1)!.message);
    expect(outputs.map(({ output, isOutputCut }) => [output, isOutputCut])).toEqual([
      [undefined, undefined],
      [undefined, true],
      ['x'.repeat(100), undefined],
    ]);
  });

  it('tells the end of a run whose task is gone', () => {
    const run = held();
    const change = changeOf(run, { ...run, state: 'cancelled', finishedAt: T0 });
    const [step] = stepsOf(change, { run, task: undefined }, settings);
    expect(step!.message).toMatchObject({ type: 'run.cancelled', taskId: task.id, taskName: '', tags: [] });
  });
});
