import type { JsonObject } from '../domain/json.js';
import type { TaskDefinition } from '../domain/task-definition.js';
import { isContentTag, sourceTag, type CheckedPlan } from './checked.js';
import { RefusedError, type Destination, type StoredTask } from './destination/destination.js';
import { mergeDifference } from './destination/merge-difference.js';

/** What becomes of a plan: `new` and `differs` are what a dry run, or one that changes nothing, leaves as it is. */
export type Outcome =
  | { state: 'created' | 'changed' | 'unchanged' | 'differs'; id: string }
  | { state: 'new' }
  | { state: 'refused'; reason: string };

export interface ImportOptions {
  /** Stores nothing. */
  dryRun: boolean;
  /** Changes tasks of earlier imports whose entries say something else now. */
  update: boolean;
}

/** Brings the plans of one kind of source to a destination. An entry that was imported before is not imported again. */
export async function importTasks(
  destination: Destination,
  source: string,
  plans: readonly CheckedPlan[],
  options: ImportOptions,
): Promise<Outcome[]> {
  const stored = await tasksByEntry(destination, source);
  const outcomes: Outcome[] = [];
  for (const plan of plans) outcomes.push(await importOne(destination, plan, stored.get(plan.tags.entry), options));
  return outcomes;
}

async function tasksByEntry(destination: Destination, source: string): Promise<Map<string, StoredTask>> {
  const tasks = new Map<string, StoredTask>();
  const tag = sourceTag(source);
  for await (const task of destination.withTag(tag)) {
    const entry = task.definition.tags.find((each) => each.startsWith(`${tag}:`));
    if (entry !== undefined) tasks.set(entry, task);
  }
  return tasks;
}

async function importOne(
  destination: Destination,
  plan: CheckedPlan,
  stored: StoredTask | undefined,
  { dryRun, update }: ImportOptions,
): Promise<Outcome> {
  try {
    if (!stored) return dryRun ? { state: 'new' } : { state: 'created', id: await create(destination, plan) };
    const { id } = stored;
    const { tags } = stored.definition;
    if (tags.includes(plan.tags.content)) return { state: 'unchanged', id };
    const isHalfMade = !tags.some(isContentTag);
    if (dryRun || !(update || isHalfMade)) return { state: 'differs', id };
    await (isHalfMade ? complete(destination, plan, stored) : change(destination, plan, stored));
    return { state: 'changed', id };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { state: 'refused', reason: error.message };
  }
}

/**
 * A task that is to be paused begins without a time, so that it cannot start before it is paused; as long as it lacks
 * the tag of its content, an import that was cut off is completed by the next one.
 */
async function create(destination: Destination, plan: CheckedPlan): Promise<string> {
  const { input, tags, pausedFor } = plan;
  if (pausedFor === undefined) return (await destination.create(input, tags.entry)).id;
  const beginning = input.tags?.filter((tag) => !isContentTag(tag)) ?? [];
  const task = await destination.create({ ...input, triggers: [{ type: 'manual' }], tags: beginning }, tags.entry);
  await complete(destination, plan, task);
  return task.id;
}

async function complete(destination: Destination, plan: CheckedPlan, task: StoredTask): Promise<void> {
  if (plan.pausedFor !== undefined && !task.isPaused) await destination.pause(task.id, plan.pausedFor);
  await change(destination, plan, task);
}

async function change(destination: Destination, { definition, input }: CheckedPlan, { id, ...stored }: StoredTask) {
  const patch = mergeDifference(asJson(stored.definition), asJson(definition));
  await destination.change(id, { ...patch, ...(input.secrets && { secrets: { ...input.secrets } }) });
}

const asJson = (definition: TaskDefinition): JsonObject => JSON.parse(JSON.stringify(definition)) as JsonObject;
