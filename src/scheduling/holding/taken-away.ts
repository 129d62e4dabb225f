import type { Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { isOutdated, isVoid } from '../planning/task-changes.js';
import type { RunReads } from '../ports/run.reads.js';

/**
 * Whether changes of its task have taken its instant from a run that was claimed before them. The time of the last
 * change says so only of that change: if the task was paused before the instant and resumed after it, the ledger has it.
 */
export const isTakenAway = async (runs: Pick<RunReads, 'ledger'>, run: Run, task: Task): Promise<boolean> =>
  isVoid(run, task) || (isOutdated(run, task) && (await isTold(runs, run)));

/** Whether the ledger says what became of the run's instant. */
async function isTold(runs: Pick<RunReads, 'ledger'>, { organization, taskId, scheduledFor }: Run): Promise<boolean> {
  const range = { from: scheduledFor, before: scheduledFor + 1, limit: 1 };
  return (await runs.ledger(organization, taskId, range)).length > 0;
}
