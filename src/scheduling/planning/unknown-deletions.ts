import { actionSchema } from '../../domain/action.js';
import type { Fault } from '../../domain/errors.js';
import { pointerOf } from '../../domain/faults.js';
import { isJsonObject } from '../../domain/json.js';
import { misfirePolicySchema, retryPolicySchema, taskFrameSchema } from '../../domain/task-definition.js';

const namesIn = ({ shape }: { shape: object }): string[] => Object.keys(shape);

const TASK: ReadonlySet<string> = new Set(namesIn(taskFrameSchema));

/** The known members of those parts of a task that a patch merges into; for an action, the members of all types. */
const PARTS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['action', new Set(actionSchema.options.flatMap(namesIn))],
  ['misfire', new Set(namesIn(misfirePolicySchema))],
  ['retry', new Set(namesIn(retryPolicySchema))],
]);

/**
 * A fault for each null in a merge patch that would remove a member that no task has: that is a slip, and removes
 * nothing.
 */
export function unknownDeletions(patch: Record<string, unknown>): Fault[] {
  const inParts = [...PARTS].flatMap(([name, known]) => unknownNulls(patch[name], known, [name]));
  return [...unknownNulls(patch, TASK, []), ...inParts];
}

function unknownNulls(value: unknown, known: ReadonlySet<string>, path: readonly string[]): Fault[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value)
    .filter(([name, member]) => member === null && !known.has(name))
    .map(([name]) => ({ pointer: pointerOf([...path, name]), detail: 'is not a known member' }));
}
