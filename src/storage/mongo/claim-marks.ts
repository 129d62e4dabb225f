import type { Claim, ClaimResult } from '../../scheduling/run.store.js';
import type { TaskDocument } from './task.document.js';

/** What of a task tells where it stands and which claims moved it there. */
export type TaskMark = Pick<TaskDocument, '_id' | 'generation' | 'next' | 'moves' | 'outbox'>;
export const TASK_MARK = { generation: 1, next: 1, moves: 1, outbox: 1 } as const;

/** Which tasks of a batch of claims this caller moved on, and what the others are; one that is gone is missing. */
export interface Moves {
  moved: Set<string>;
  others: Map<string, TaskMark>;
}

/** Whether the task still stands where the claim wants to move it on from. */
export const isAt = (task: TaskMark, claim: Claim): boolean =>
  task.generation === claim.generation && task.next?.scheduledFor === claim.scheduledFor;

const decisionOf = ({ generation, scheduledFor }: Claim, runs: boolean): string =>
  `${generation}:${scheduledFor}:${runs ? 'run' : 'none'}:`;

/** What a task remembers of a claim that moved it on: the occurrence, whether it runs, and who decided so. */
export const moveMark = (claim: Claim, token: string): string => decisionOf(claim, claim.run !== null) + token;

/** What became of a claim, given the runs that belong to somebody else. */
export function resultOf(claim: Claim, known: Set<string>, { moved, others }: Moves): ClaimResult {
  const existed = claim.run !== null && known.has(claim.run.id);
  if (moved.has(claim.taskId)) return existed ? 'taken' : 'opened';
  const task = others.get(claim.taskId);
  if (existed) return task?.generation === claim.generation ? 'taken' : 'stale';
  // Somebody found this caller's run and was faster in moving the task: the occurrence counts on this run.
  return claim.run && remembers(task, decisionOf(claim, true)) ? 'opened' : 'stale';
}

/** Whether the task remembers that another claim decided that the occurrence does not run. */
export const wasDecidedAgainst = (claim: Claim, { others }: Moves): boolean =>
  remembers(others.get(claim.taskId), decisionOf(claim, false));

const remembers = (task: TaskMark | undefined, decision: string): boolean =>
  task?.moves?.some((mark) => mark.startsWith(decision)) ?? false;
