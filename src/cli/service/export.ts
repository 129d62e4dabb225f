import { canonicalJson } from '../../domain/canonical-json.js';
import type { Json, JsonObject } from '../../domain/json.js';
import { taskFrameSchema } from '../../domain/task-definition.js';
import type { Call } from '../command.js';
import { TASK_KEY } from '../definitions/file-schema.js';
import { isOfOthers, keyOf, type Stored } from '../definitions/plan.js';
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
  const found = (await tasksOf(client, filter)).filter((task) => isOf(task, set));
  const tasks: Record<string, unknown> = {};
  const taken = new Set(found.map((task) => keyOf(task, set)));
  // Oldest first: of several with one key, that one has it.
  for (const task of found.toReversed()) {
    const own = keyOf(task, set);
    const key = TASK_KEY.test(own) && !Object.hasOwn(tasks, own) ? own : freeKey(task.name, taken);
    taken.add(key);
    tasks[key] = definitionOf(task, set, key);
  }
  const file = { set, tasks };
  if (terminal.format === 'json') await terminal.json(file);
  else await terminal.raw(await yamlOf(file));
}

/** Whether it is of this set, or of none. */
const isOf = (task: Stored, set: string): boolean => task.tags.includes(setTag(set)) || !isOfOthers(task, set);

function definitionOf(task: Stored, set: string, key: string): Record<string, unknown> {
  const { definition, secretNames } = task;
  const { tags: _, ...own } = withoutDefaults(definition);
  const tags = task.tags.filter((tag) => !isOwnTag(tag));
  const sources = secretNames.map((name) => [name, { env: `${key}_${name}`.replaceAll(/\W/g, '_').toUpperCase() }]);
  return {
    // The task that `apply` takes over, where it is not of the set yet, or has another key there.
    ...((!task.tags.includes(setTag(set)) || keyOf(task, set) !== key) && { id: task.id }),
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
function freeKey(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  const base = plain.slice(0, 28) || 'task';
  let key = base;
  for (let count = 2; taken.has(key); count++) key = `${base}-${count}`;
  return key;
}
