import type { Task } from '../../domain/task.js';
import { recordIn, type Definition } from './definition.js';

/** What is to be done about one job or task, to make the store agree with the code. */
export type Step =
  /** The job has no task yet. */
  | { act: 'create'; definition: Definition }
  /** The code has changed. */
  | { act: 'change'; definition: Definition; task: Task }
  /** The task is as the code wants it. */
  | { act: 'keep'; definition: Definition; task: Task }
  /** A newer declaration made the task what it is: this code is older, and leaves it alone while anyone declares that. */
  | { act: 'wait'; definition: Definition; task: Task };

/** Decides about a job. `isDeclared` says whether a living instance declares a task with a digest. */
export function stepFor(
  definition: Definition,
  task: Task | undefined,
  isDeclared: (task: Task, digest: string) => boolean,
): Step {
  if (!task) return { act: 'create', definition };
  const record = recordIn(task.definition.parameters);
  if (record?.digest === definition.digest) return { act: 'keep', definition, task };
  const isOlder = record?.superseded.includes(definition.digest) === true;
  return { act: isOlder && isDeclared(task, record.digest) ? 'wait' : 'change', definition, task };
}

/** Why a task is paused, where code did it. */
export const STOPPED = 'stopped by its application';
export const DISABLED = 'disabled in the code';

/** What a process that starts does about the task's pause: code starts what code stopped, and leaves people's pauses. */
export function pauseAtStart({ disabled }: Definition, task: Task, isNew: boolean): 'pause' | 'resume' | 'leave' {
  if (disabled) return isNew && task.state === 'active' ? 'pause' : 'leave';
  const byCode = task.state === 'paused' && (task.pausedReason === STOPPED || task.pausedReason === DISABLED);
  return byCode ? 'resume' : 'leave';
}

/** The members of the task that a declaration changes. */
export function changedMembers({ input }: Definition, { definition }: Task): string[] {
  const stored = definition as unknown as Record<string, unknown>;
  return Object.entries(input).flatMap(([member, value]) => (covers(stored[member], value) ? [] : [member]));
}

/** Whether what is stored says all that is wanted; it may say more, by defaults. */
function covers(stored: unknown, wanted: unknown): boolean {
  if (wanted === null || typeof wanted !== 'object') return stored === wanted;
  if (stored === null || typeof stored !== 'object') return false;
  if (Array.isArray(wanted) && (!Array.isArray(stored) || stored.length !== wanted.length)) return false;
  return Object.entries(wanted).every(([member, value]) => covers((stored as Record<string, unknown>)[member], value));
}
