import { isSought } from '../../domain/run-search.js';
import type { Run } from '../../domain/run.js';
import type { RunFilter } from './run.reads.js';

/** Whether a list of runs with this filter has the run. */
export function isListed(run: Run, filter: RunFilter): boolean {
  const { taskId, state, trigger, from, to, by = 'scheduledFor' } = filter;
  const at = run[by];
  return (
    (taskId === undefined || run.taskId === taskId) &&
    (state === undefined || run.state === state) &&
    (trigger === undefined || run.trigger === trigger) &&
    (from === undefined || (at !== null && at >= from)) &&
    (to === undefined || (at !== null && at < to)) &&
    isSought(run, filter)
  );
}
