import { StateConflictError } from '../../domain/errors.js';
import type { RunState } from '../../domain/run.js';
import type { TaskState } from '../../domain/task.js';

/** What can happen to a run. */
export type RunIncident =
  'start' | 'succeed' | 'fail' | 'time-out' | 'retry' | 'cancel' | 'skip' | 'miss' | 'give-back';

/** What can happen to a task. */
export type TaskIncident = 'pause' | 'resume' | 'complete' | 'reschedule';

/** The only table of state transitions of runs: what is not in it cannot happen. */
const RUN_TRANSITIONS: Record<RunState, Partial<Record<RunIncident, RunState>>> = {
  pending: {
    start: 'running',
    cancel: 'cancelled',
    skip: 'skipped',
    miss: 'missed',
    fail: 'failed',
    'time-out': 'timed_out',
    'give-back': 'pending',
  },
  running: {
    succeed: 'succeeded',
    fail: 'failed',
    'time-out': 'timed_out',
    retry: 'retrying',
    cancel: 'cancelled',
    skip: 'skipped',
    'give-back': 'pending',
  },
  retrying: {
    start: 'running',
    cancel: 'cancelled',
    fail: 'failed',
    'time-out': 'timed_out',
    'give-back': 'retrying',
  },
  succeeded: {},
  failed: {},
  timed_out: {},
  cancelled: {},
  skipped: {},
  missed: {},
};

/** The only table of state transitions of tasks. */
const TASK_TRANSITIONS: Record<TaskState, Partial<Record<TaskIncident, TaskState>>> = {
  active: { pause: 'paused', complete: 'completed', reschedule: 'active', resume: 'active' },
  paused: { resume: 'active', pause: 'paused', reschedule: 'paused' },
  completed: { reschedule: 'active' },
};

/** Determines which state follows from an incident. */
export class ScheduleStatusEvaluator {
  /** The state of a run in `state` after `incident`. @throws StateConflictError when that cannot happen. */
  runAfter(state: RunState, incident: RunIncident): RunState {
    const next = RUN_TRANSITIONS[state][incident];
    if (!next) throw new StateConflictError(`A run that is ${state.replace('_', ' ')} cannot ${incident}.`);
    return next;
  }

  /** Whether `incident` can happen to a run in `state`. */
  allowsRun(state: RunState, incident: RunIncident): boolean {
    return RUN_TRANSITIONS[state][incident] !== undefined;
  }

  /** The state of a task in `state` after `incident`. @throws StateConflictError when that cannot happen. */
  taskAfter(state: TaskState, incident: TaskIncident): TaskState {
    const next = TASK_TRANSITIONS[state][incident];
    if (!next) throw new StateConflictError(`A task that is ${state} cannot ${incident}.`);
    return next;
  }
}
