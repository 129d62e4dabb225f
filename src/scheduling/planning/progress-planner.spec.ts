import { describe, expect, it } from '@jest/globals';
import { aDefinition, aRun, aTask, T0 } from '../../../test/support/builders.js';
import { StateConflictError } from '../../domain/errors.js';
import type { Attempt, Run } from '../../domain/run.js';
import type { TaskDefinition } from '../../domain/task-definition.js';
import { RetryPolicyManager } from '../../retry/retry-policy-manager.js';
import { AttemptAbort } from './attempt-end.js';
import { ProgressPlanner } from './progress-planner.js';
import { ScheduleStatusEvaluator } from './schedule-status-evaluator.js';

const planner = new ProgressPlanner(new RetryPolicyManager(() => 0.5), new ScheduleStatusEvaluator());
const NOW = T0 + 5000;
const failure = { error: { code: 'http-503', message: 'Service Unavailable', status: 503 } };

const running = (fields: Partial<Run> = {}): Run =>
  aRun({ state: 'running', owner: 'me', attempt: 1, startedAt: T0, latenessMs: 0, ...fields });
const task = (definition: Partial<TaskDefinition> = {}) => aTask({ definition });
const lost = (number: number): Attempt => ({
  number,
  instance: `dead-${number}`,
  startedAt: T0,
  finishedAt: T0,
  outcome: 'lost',
  error: { code: 'instance-lost', message: 'gone' },
});

describe('the end of an attempt', () => {
  it('succeeds with its output and without a reason of earlier attempts', () => {
    const run = running({ attempt: 2, reason: 'Service Unavailable' });
    const after = planner.after(run, task(), { kind: 'succeeded', output: { ok: true } }, T0 + 1000, NOW);
    expect(after).toMatchObject({
      state: 'succeeded',
      output: { ok: true },
      reason: null,
      finishedAt: NOW,
      attempt: 2,
    });
    expect(after.attempts).toEqual([
      { number: 2, instance: 'me', startedAt: T0 + 1000, finishedAt: NOW, outcome: 'succeeded' },
    ]);
  });

  it('is followed by another one under a new number, held by the same instance', () => {
    const after = planner.after(running(), task(), { kind: 'failed', failure }, T0, NOW);
    expect(after).toMatchObject({
      state: 'retrying',
      attempt: 2,
      owner: 'me',
      dueAt: NOW + 1000,
      finishedAt: null,
      reason: 'Service Unavailable',
    });
    expect(after.attempts).toMatchObject([{ number: 1, outcome: 'failed', error: failure.error }]);
  });

  it('fails for good after the last attempt, and records it', () => {
    const run = running({ attempt: 3, attempts: [1, 2].map((number) => ({ ...lost(number), outcome: 'failed' })) });
    const after = planner.after(run, task(), { kind: 'failed', failure }, T0, NOW);
    expect(after).toMatchObject({ state: 'failed', attempt: 3, finishedAt: NOW, reason: 'Service Unavailable' });
    expect(after.attempts.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('does not count attempts that were lost against the policy', () => {
    const run = running({ attempt: 4, attempts: [lost(1), lost(2), lost(3)] });
    expect(planner.after(run, task(), { kind: 'failed', failure }, T0, NOW)).toMatchObject({
      state: 'retrying',
      attempt: 5,
      dueAt: NOW + 1000,
    });
  });

  it('times out, is tried again, and ends as timed out', () => {
    const end = { kind: 'aborted', abort: new AttemptAbort('time-out', 'too long') } as const;
    expect(planner.after(running(), task(), end, T0, NOW)).toMatchObject({ state: 'retrying', attempt: 2 });
    const single = task({ retry: { ...aDefinition().retry, maxAttempts: 1 } });
    const after = planner.after(running(), single, end, T0, NOW);
    expect(after).toMatchObject({ state: 'timed_out', reason: 'too long', finishedAt: NOW });
    expect(after.attempts).toMatchObject([{ outcome: 'timed_out', error: { code: 'timeout' } }]);
  });

  it('times out for good at the deadline of its run, whatever the retry policy says', () => {
    const end = { kind: 'aborted', abort: new AttemptAbort('deadline', 'too long in all') } as const;
    const after = planner.after(running(), task({ deadlineMs: 5000 }), end, T0, NOW);
    expect(after).toMatchObject({ state: 'timed_out', reason: 'too long in all', finishedAt: NOW, attempt: 1 });
    expect(after.attempts).toMatchObject([{ outcome: 'timed_out', error: { code: 'deadline' } }]);
  });

  it('is followed by another one only where that starts before the deadline of the run', () => {
    const end = { kind: 'failed', failure } as const;
    const nextIn = NOW + 1000 - T0;
    const state = (deadlineMs: number) => planner.after(running(), task({ deadlineMs }), end, T0, NOW);
    expect(state(nextIn + 1)).toMatchObject({ state: 'retrying', dueAt: NOW + 1000 });
    expect(state(nextIn)).toMatchObject({ state: 'timed_out', attempt: 1, finishedAt: NOW, dueAt: T0 });
    expect(state(nextIn).reason).toContain('Service Unavailable');
  });

  it('is cancelled without another attempt', () => {
    const end = { kind: 'aborted', abort: new AttemptAbort('cancel', 'asked for') } as const;
    expect(planner.after(running(), task(), end, T0, NOW)).toMatchObject({
      state: 'cancelled',
      reason: 'asked for',
      finishedAt: NOW,
      attempts: [{ outcome: 'cancelled' }],
    });
  });

  it.each(['shutdown', 'lock-lost'] as const)(
    'gives the run to others at once after %s, under a new number',
    (kind) => {
      const end = { kind: 'aborted', abort: new AttemptAbort(kind, 'gone') } as const;
      expect(planner.after(running(), task({ onCrash: 'fail' }), end, T0, NOW)).toMatchObject({
        state: 'pending',
        owner: null,
        attempt: 2,
        dueAt: NOW,
        finishedAt: null,
        attempts: [{ number: 1, outcome: 'lost' }],
      });
    },
  );

  it('changes neither the run nor its attempts', () => {
    const run = running({ attempts: [lost(1)], attempt: 2 });
    const before = structuredClone(run);
    planner.after(run, task(), { kind: 'failed', failure }, T0, NOW);
    planner.takenOver(run, task(), 'other', NOW);
    expect(run).toEqual(before);
  });

  it('refuses to end what has ended', () => {
    const run = running({ state: 'succeeded' });
    expect(() => planner.after(run, task(), { kind: 'succeeded', output: null }, T0, NOW)).toThrow(StateConflictError);
    expect(() => planner.closed(run, 'cancel', 'late', NOW)).toThrow(StateConflictError);
    expect(() => planner.givenBack(run, NOW)).toThrow(StateConflictError);
  });
});

describe('a run given back', () => {
  it('is nobody’s, keeps its number, and is due no earlier than it was', () => {
    const waiting = aRun({ state: 'retrying', owner: 'me', attempt: 2, dueAt: NOW + 9000 });
    expect(planner.givenBack(waiting, NOW)).toMatchObject({
      state: 'retrying',
      owner: null,
      attempt: 2,
      dueAt: NOW + 9000,
    });
    const begun = aRun({ owner: 'me', attempt: 2, dueAt: T0, startedAt: T0 });
    expect(planner.givenBack(begun, NOW)).toMatchObject({ state: 'pending', owner: null, attempt: 2, dueAt: NOW });
  });

  it('is as late as it is when it never started', () => {
    const due = aRun({ owner: 'me', attempt: 1, dueAt: T0 });
    expect(planner.givenBack(due, NOW)).toMatchObject({ state: 'pending', owner: null, attempt: 1, dueAt: T0 });
  });
});

describe('a run taken over', () => {
  const takenOver = (run: Run, definition: Partial<TaskDefinition> = {}) =>
    planner.takenOver(run, task(definition), 'heir', NOW);

  it('gets a new number where its attempt may have started', () => {
    for (const run of [running(), aRun({ owner: 'me', attempt: 1, dueAt: NOW + 1000 })]) {
      const after = takenOver(run);
      expect(after).toMatchObject({ state: 'pending', owner: 'heir', attempt: 2, finishedAt: null });
      expect(after.attempts).toMatchObject([{ number: 1, instance: 'me', outcome: 'lost' }]);
    }
  });

  it('keeps its number where its attempt cannot have started', () => {
    const ahead = aRun({ state: 'retrying', owner: 'me', attempt: 2, dueAt: NOW + 1001 });
    expect(takenOver(ahead)).toMatchObject({ state: 'pending', owner: 'heir', attempt: 2, attempts: [] });
    const free = aRun({ owner: null, attempt: 0, dueAt: T0 });
    expect(takenOver(free)).toMatchObject({ state: 'pending', owner: 'heir', attempt: 1, attempts: [] });
  });

  it('looks around before its next attempt where nobody held it: it stood in nobody’s way', () => {
    const given = aRun({ state: 'retrying', owner: null, attempt: 2, dueAt: NOW });
    expect(takenOver(given)).toMatchObject({ state: 'pending', owner: 'heir', attempt: 2, attempts: [] });
  });

  it('fails where the task says so, but only when an attempt may have started', () => {
    const after = takenOver(running(), { onCrash: 'fail' });
    expect(after).toMatchObject({ state: 'failed', finishedAt: NOW, attempt: 1, attempts: [{ outcome: 'lost' }] });
    expect(takenOver(aRun({ owner: null, attempt: 1 }), { onCrash: 'fail' }).state).toBe('pending');
  });

  it('fails once it has taken down five instances', () => {
    const after = (losses: number) =>
      takenOver(running({ attempt: losses + 1, attempts: Array.from({ length: losses }, (_, i) => lost(i + 1)) }));
    expect(after(3)).toMatchObject({ state: 'pending', attempt: 5 });
    expect(after(4)).toMatchObject({ state: 'failed', reason: 'Too many instances died while running it.' });
  });

  it('fails once it has taken down as many instances as its task says, and spends none where nothing has begun', () => {
    expect(takenOver(running(), { maxCrashes: 1 })).toMatchObject({ state: 'failed' });
    expect(takenOver(running(), { maxCrashes: 2 })).toMatchObject({ state: 'pending', attempt: 2 });
    const waiting = running({ state: 'pending', startedAt: null, putOff: true });
    expect(takenOver(waiting, { maxCrashes: 1, onCrash: 'fail' })).toMatchObject({
      state: 'pending',
      attempt: 1,
      attempts: [],
      putOff: false,
    });
  });

  it('has begun only what was due by what its instance said it may begin, or with its claim', () => {
    const run = (fields: Partial<Run>) => aRun({ owner: 'dead', attempt: 1, createdAt: T0 - 1500, ...fields });
    const attemptBy = (startLimit: number, fields: Partial<Run> = {}) =>
      planner.takenOver(run(fields), task(), 'heir', NOW, startLimit).attempt;
    expect([attemptBy(T0 - 1), attemptBy(T0)]).toEqual([1, 2]);
    expect([attemptBy(T0 - 1, { createdAt: T0 }), attemptBy(T0, { putOff: true })]).toEqual([2, 1]);
  });

  it('tells when each attempt that was written as running began, or the earliest that it can have', () => {
    expect(takenOver(running()).attempts).toMatchObject([{ startedAt: T0 }]);
    const second = running({ attempt: 2, attempts: [{ ...lost(1), finishedAt: T0 + 700 }] });
    expect(takenOver(second).attempts).toMatchObject([{}, { number: 2, startedAt: T0 + 700 }]);
    expect(takenOver(running({ state: 'pending', startedAt: null })).attempts).toMatchObject([{ startedAt: null }]);
  });

  it('is missed where it has not begun and the misfire policy lets it run no more', () => {
    const left = aRun({ trigger: 'schedule', owner: null, attempt: 1, dueAt: NOW - 6000 });
    const misfire = { ...task().definition.misfire };
    const reasonFor = (policy: Partial<typeof misfire>, run = left) =>
      takenOver(run, { misfire: { ...misfire, ...policy } }).reason;
    expect(takenOver(left)).toMatchObject({ state: 'pending', reason: null });
    expect(takenOver(left, { misfire: { ...misfire, policy: 'skip' } })).toMatchObject({
      state: 'missed',
      finishedAt: NOW,
    });
    expect(reasonFor({ policy: 'skip' })).toBe('misfire policy "skip"');
    expect(reasonFor({ policy: 'skip', graceMs: 6000 })).toBeNull();
    expect(reasonFor({ policy: 'fire-all', maxAgeMs: 5999 })).toBe('older than maxAgeMs');
    expect(reasonFor({ policy: 'skip' }, { ...left, trigger: 'manual' })).toBeNull();
  });

  it('goes on waiting for a call-back under the same number', () => {
    const run = running({ attempt: 3 });
    expect(planner.keptWaiting(run, 'heir')).toMatchObject({ state: 'running', owner: 'heir', attempt: 3 });
  });
});
