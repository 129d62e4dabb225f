import type { Claim, ClaimResult } from '../../domain/claim.js';
import type { TaskDocument } from './task.document.js';

/** The fields of a task with its position and the claims that moved it there. */
export type TaskMark = Pick<
  TaskDocument,
  '_id' | 'organization' | 'generation' | 'next' | 'claimedUntil' | 'moves' | 'outbox'
>;
export const TASK_MARK = { organization: 1, generation: 1, next: 1, claimedUntil: 1, moves: 1, outbox: 1 } as const;

/** The tasks of a batch of claims that this caller moved on, and the state of the others; a deleted task is missing. */
export interface Moves {
  moved: Set<string>;
  others: Map<string, TaskMark>;
}

/** The marks of a task; none where something else is stored. */
export const listed = (moves: unknown): string[] =>
  Array.isArray(moves) ? moves.filter((mark): mark is string => typeof mark === 'string') : [];

/** Whether the task is still at the position from which the claim moves it on. */
export const isAt = (task: TaskMark, claim: Claim): boolean =>
  task.generation === claim.generation && task.next?.scheduledFor === claim.scheduledFor;

const decisionOf = ({ generation, scheduledFor }: Claim, runs: boolean): string =>
  `${generation}:${scheduledFor}:${runs ? 'run' : 'none'}:`;

/** The mark that a task keeps of a claim that moved it on: the occurrence, whether it runs, and who decided that. */
export const moveMark = (claim: Claim, token: string): string => decisionOf(claim, claim.run !== null) + token;

/** The result of a claim, given the ids of runs that belong to somebody else. */
export function resultOf(claim: Claim, known: Set<string>, { moved, others }: Moves): ClaimResult {
  const existed = claim.run !== null && known.has(claim.run.id);
  if (moved.has(claim.taskId)) return existed ? 'taken' : 'opened';
  const task = others.get(claim.taskId);
  if (existed) return task?.generation === claim.generation ? 'taken' : 'stale';
  // Somebody found this caller's run and moved the task first: the occurrence relies on this run.
  return claim.run && remembers(task, decisionOf(claim, true)) ? 'opened' : 'stale';
}

/** Whether the task's marks say that another claim decided that the occurrence does not run. */
export const wasDecidedAgainst = (claim: Claim, { others }: Moves): boolean =>
  remembers(others.get(claim.taskId), decisionOf(claim, false));

const remembers = (task: TaskMark | undefined, decision: string): boolean =>
  listed(task?.moves).some((mark) => mark.startsWith(decision));
