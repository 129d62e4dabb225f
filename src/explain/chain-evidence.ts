import { parentOf } from '../domain/chain.js';
import type { Run } from '../domain/run.js';
import type { LeftTask, StartedRun } from '../events/event-outcome.js';
import type { Evidence } from './explanation.js';

/** How many of the runs and of the tasks that an end started or not are shown. */
const MOST_SHOWN = 10;

/** The run whose end started this one, as that end told of it. */
export function ofParent({ event }: Pick<Run, 'event'>): Evidence[] {
  const parent = event && parentOf(event);
  return parent ? [{ type: 'run', detail: 'The run whose end started it.', data: { ...parent } }] : [];
}

/** The runs that the end of a run started, and the tasks that waited for it and were not started. */
export const ofFollowers = (runs: readonly StartedRun[], left: readonly LeftTask[]): Evidence[] => [
  ...runs.slice(0, MOST_SHOWN).map(({ taskId, runId }): Evidence => ({
    type: 'run',
    detail: 'A run that its end started.',
    data: { id: runId, taskId },
  })),
  ...left
    .filter(({ reason }) => reason !== 'filter')
    .slice(0, MOST_SHOWN)
    .map(({ taskId, reason }): Evidence => ({
      type: 'task',
      detail: `A task that waits for its end, which did not start it: ${reason}.`,
      data: { id: taskId, reason },
    })),
];
