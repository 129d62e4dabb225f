import { canonicalJson } from '../../domain/canonical-json.js';
import type { TaskDefinition } from '../../domain/task-definition.js';

/** Whether two definitions say the same, whatever the order of their members. */
export const sameDefinition = (a: TaskDefinition, b: TaskDefinition): boolean => canonicalJson(a) === canonicalJson(b);

/** What turns the secrets `before` into `after`: a value sets a secret, null deletes it; equal ones are left out. */
export function secretChanges(
  before: Readonly<Record<string, string | undefined>>,
  after: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const removed = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  const set = Object.entries(after).filter(([name, value]) => !Object.hasOwn(before, name) || before[name] !== value);
  return Object.fromEntries([...set, ...removed.map((name): [string, null] => [name, null])]);
}
