import { isFinished, type Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import type { Claim, ClaimResult } from '../../domain/claim.js';
import { copyOf, type MemoryData } from './memory-data.js';

/** Opens one claim: run, ledger and the task's move, all or nothing. */
export function openClaim(data: MemoryData, claim: Claim): ClaimResult {
  const task = data.tasks.get(claim.taskId);
  const isKnown = task?.organization === claim.organization && task.generation === claim.generation;
  const taken = claim.run !== null && isInForce(data.runs.get(claim.run.id), claim.generation);
  if (!isKnown) return 'stale';
  if (task.next?.scheduledFor !== claim.scheduledFor) return taken ? 'taken' : 'stale';
  data.tasks.set(task.id, moved(task, claim));
  if (claim.ledger.length > 0) data.tell(task.id, claim.ledger);
  if (taken) return 'taken';
  if (claim.run) put(data, claim.run);
  return 'opened';
}

/** Stores a run in place of any run with the same id. */
export function put(data: MemoryData, run: Run): void {
  const stored = copyOf(run);
  data.runs.set(run.id, stored);
  data.cancelRequested.delete(run.id);
  if (!isFinished(run.state)) data.unfinished.set(run.id, stored);
}

/** A claimed run that never started is void under a later generation; any other run is final. */
function isInForce(run: Run | undefined, generation: number): boolean {
  if (!run) return false;
  const isClaimed = run.trigger === 'schedule' && run.state === 'pending' && run.attempts.length === 0;
  return !isClaimed || run.generation >= generation;
}

const moved = (task: Task, { run, next, state, dueAt }: Claim): Task => ({
  ...task,
  next: copyOf(next),
  state,
  scheduledRuns: task.scheduledRuns + (run ? 1 : 0),
  claimedUntil: dueAt,
});
