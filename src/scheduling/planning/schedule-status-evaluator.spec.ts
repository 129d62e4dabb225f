import { describe, expect, it } from '@jest/globals';
import { StateConflictError } from '../../domain/errors.js';
import { isFinished, RUN_STATES } from '../../domain/run.js';
import { ScheduleStatusEvaluator, type RunIncident, type TaskIncident } from './schedule-status-evaluator.js';

const RUN_INCIDENTS: RunIncident[] = [
  'start',
  'succeed',
  'fail',
  'time-out',
  'retry',
  'cancel',
  'skip',
  'miss',
  'give-back',
];
const status = new ScheduleStatusEvaluator();

describe('ScheduleStatusEvaluator', () => {
  it('lets nothing happen to a finished run', () => {
    for (const state of RUN_STATES.filter(isFinished)) {
      for (const incident of RUN_INCIDENTS) {
        expect(status.allowsRun(state, incident)).toBe(false);
        expect(() => status.runAfter(state, incident)).toThrow(StateConflictError);
      }
    }
  });

  it('can bring every unfinished run to an end, by cancellation, by failure, and back to waiting', () => {
    for (const state of RUN_STATES.filter((each) => !isFinished(each))) {
      expect(status.runAfter(state, 'cancel')).toBe('cancelled');
      expect(status.runAfter(state, 'fail')).toBe('failed');
      expect(isFinished(status.runAfter(state, 'give-back'))).toBe(false);
    }
  });

  it('ends only a run that has started by its action', () => {
    expect(status.runAfter('running', 'succeed')).toBe('succeeded');
    expect(status.runAfter('running', 'time-out')).toBe('timed_out');
    expect(status.runAfter('running', 'retry')).toBe('retrying');
    for (const incident of ['succeed', 'retry'] as const) {
      expect(status.allowsRun('pending', incident)).toBe(false);
      expect(status.allowsRun('retrying', incident)).toBe(false);
    }
  });

  it('starts what waits and nothing else, and skips only what has not begun or a hook does not let begin', () => {
    expect(RUN_STATES.filter((state) => status.allowsRun(state, 'start'))).toEqual(['pending', 'retrying']);
    expect(RUN_STATES.filter((state) => status.allowsRun(state, 'skip'))).toEqual(['pending', 'running']);
  });

  it('says in words what cannot happen', () => {
    expect(() => status.runAfter('timed_out', 'start')).toThrow('A run that is timed out cannot start.');
    expect(() => status.taskAfter('completed', 'pause')).toThrow('A task that is completed cannot pause.');
  });

  it.each<['active' | 'paused' | 'completed', TaskIncident, string | null]>([
    ['active', 'pause', 'paused'],
    ['active', 'resume', 'active'],
    ['active', 'complete', 'completed'],
    ['active', 'reschedule', 'active'],
    ['paused', 'pause', 'paused'],
    ['paused', 'resume', 'active'],
    ['paused', 'complete', null],
    ['paused', 'reschedule', 'paused'],
    ['completed', 'pause', null],
    ['completed', 'resume', null],
    ['completed', 'complete', null],
    ['completed', 'reschedule', 'active'],
  ])('makes of a task that is %s by "%s" %s', (state, incident, next) => {
    if (next) expect(status.taskAfter(state, incident)).toBe(next);
    else expect(() => status.taskAfter(state, incident)).toThrow(StateConflictError);
  });
});
