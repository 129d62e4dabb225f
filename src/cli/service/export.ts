import { canonicalJson } from '../../domain/canonical-json.js';
import type { Json, JsonObject } from '../../domain/json.js';
import { taskFrameSchema } from '../../domain/task-definition.js';
import type { Call } from '../command.js';
import { keyOf, type Stored } from '../definitions/plan.js';
import { isOwnTag, setTag } from '../definitions/wanted.js';
import { yamlOf } from '../definitions/yaml.js';
import { checkedSet, tasksOf } from './definitions.js';

/** `task export`: tasks as definitions, which `apply` finds unchanged. */
export async function exportTasks(
  { terminal, service }: Call,
  { set: given = 'default', tag, owned = false }: { set?: string; tag?: string; owned?: boolean },
): Promise<void> {
  const set = checkedSet(given);
  const { client } = await service();
  const filter = owned ? { tag: setTag(set) } : tag === undefined ? {} : { tag };
  const found = (await tasksOf(client, filter)).filter(({ tags }) => isOf(tags, set));
  const tasks: Record<string, unknown> = {};
  for (const task of found.toReversed()) {
    const key = keyOf(task, set) || freeKey(task.name, tasks);
    tasks[key] = definitionOf(task, set, key);
  }
  const file = { set, tasks };
  if (terminal.format === 'json') await terminal.json(file);
  else await terminal.raw(await yamlOf(file));
}

/** Whether it is of this set, or of none. */
const isOf = (tags: readonly string[], set: string): boolean => tags.includes(setTag(set)) || !tags.some(isOwnTag);

function definitionOf(task: Stored, set: string, key: string): Record<string, unknown> {
  const { definition, secretNames } = task;
  const { tags: _, ...own } = withoutDefaults(definition);
  const tags = task.tags.filter((tag) => !isOwnTag(tag));
  const sources = secretNames.map((name) => [name, { env: `${key}_${name}`.replaceAll(/\W/g, '_').toUpperCase() }]);
  return {
    // The task that `apply` takes over, where it is not of the set yet.
    ...(!task.tags.includes(setTag(set)) && { id: task.id }),
    ...own,
    ...(tags.length > 0 && { tags }),
    ...(sources.length > 0 && { secrets: Object.fromEntries(sources) as Record<string, Json> }),
  };
}

/** The definition without members that it would have without a word. */
function withoutDefaults(definition: JsonObject): JsonObject {
  const whole = canonicalJson(definition);
  const kept = Object.entries(definition).filter(([name]) => {
    const { [name]: _, ...rest } = definition;
    const parsed = taskFrameSchema.safeParse(rest);
    return !parsed.success || canonicalJson(parsed.data) !== whole;
  });
  return Object.fromEntries(kept);
}

/** A key of a name that no other task has. */
function freeKey(name: string, taken: Record<string, unknown>): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  const base = plain.slice(0, 28) || 'task';
  let key = base;
  for (let count = 2; Object.hasOwn(taken, key); count++) key = `${base}-${count}`;
  return key;
}
