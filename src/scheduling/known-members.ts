import { actionSchema } from '../domain/action.js';
import type { Fault } from '../domain/errors.js';
import { pointerOf } from '../domain/faults.js';
import { misfirePolicySchema, retryPolicySchema, taskFrameSchema } from '../domain/task-definition.js';

const namesIn = ({ shape }: { shape: object }): string[] => Object.keys(shape);

const TASK: ReadonlySet<string> = new Set(namesIn(taskFrameSchema));

/** Of the objects of a task that a patch goes into, the members that they may have; of an action, those of any type. */
const PARTS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['action', new Set(actionSchema.options.flatMap(namesIn))],
  ['misfire', new Set(namesIn(misfirePolicySchema))],
  ['retry', new Set(namesIn(retryPolicySchema))],
]);

/** A fault for each null of a merge patch of a task that would remove what no task has: it is a slip, and removes nothing. */
export function unknownDeletions(patch: Record<string, unknown>): Fault[] {
  const inParts = [...PARTS].flatMap(([name, known]) => unknownNulls(patch[name], known, [name]));
  return [...unknownNulls(patch, TASK, []), ...inParts];
}

function unknownNulls(value: unknown, known: ReadonlySet<string>, path: readonly string[]): Fault[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value)
    .filter(([name, member]) => member === null && !known.has(name))
    .map(([name]) => ({ pointer: pointerOf([...path, name]), detail: 'is not a known member' }));
}
