import { InvalidInputError } from '../domain/errors.js';
import type { TaskDefinition, TaskInput } from '../domain/task-definition.js';
import { messageOf } from '../domain/thrown.js';
import { TaskInputReader } from '../scheduling/tasks/task-input.js';
import { TriggerResolver } from '../triggers/trigger-resolver.js';
import { digestOf, shortened, type Finding, type Plan, type Reading } from './reading.js';

/** A plan that the service would accept. */
export interface CheckedPlan extends Plan {
  /** The plan's definition, with the tags by which an import finds its tasks again. */
  definition: TaskDefinition;
  /** When it is due next, epoch ms; null for never. */
  nextAt: number | null;
  tags: ImportTags;
}

/** The tags of an imported task. */
export interface ImportTags {
  /** Of all tasks from this kind of source. */
  source: string;
  /** Of the entry. */
  entry: string;
  /** Of what the entry said. */
  content: string;
}

export interface CheckedReading {
  tasks: CheckedPlan[];
  leftOut: Finding[];
  remarks: string[];
}

const CONTENT = 'import-of:';

/** The tag of all tasks from a kind of source. */
export const sourceTag = (source: string): string => `import:${source}`;

/** Whether the tag says what an entry said. */
export const isContentTag = (tag: string): boolean => tag.startsWith(CONTENT);

const resolver = new TriggerResolver();
const reader = new TaskInputReader(resolver);

/**
 * Checks the plans of a reading as the service would at the instant `now` (epoch ms), and moves those that it would
 * refuse, and those that are never due, to what is left out. `scope` tells sources of one kind apart.
 */
export function checkedReading(reading: Reading, source: string, scope: string, now: number): CheckedReading {
  const tasks: CheckedPlan[] = [];
  const leftOut = [...reading.leftOut];
  for (const plan of reading.tasks) {
    const tags = tagsOf(plan, source, scope);
    const result = checkedPlan(plan, tags, now);
    if (typeof result === 'string')
      leftOut.push({ where: plan.where, entry: shortened(plan.schedule), reason: result });
    else tasks.push(result);
  }
  return { tasks, leftOut, remarks: reading.remarks };
}

/** The checked plan, or why it cannot be a task. */
function checkedPlan(plan: Plan, tags: ImportTags, now: number): CheckedPlan | string {
  const input: TaskInput = { ...plan.input, tags: [...(plan.input.tags ?? []), tags.source, tags.entry, tags.content] };
  try {
    const { definition } = reader.read(input, now);
    const task = { id: tags.entry, definition, createdAt: now, since: now };
    const nextAt = resolver.timetableOf(task).next(now)?.at ?? null;
    if (nextAt === null && definition.triggers.some(isTimed)) return 'is never due again';
    return { ...plan, input, definition, tags, nextAt };
  } catch (error) {
    if (error instanceof InvalidInputError) return `cannot be a task: ${error.message}`;
    return `cannot be a task: ${messageOf(error)}`;
  }
}

const isTimed = ({ type }: TaskDefinition['triggers'][number]): boolean => type !== 'manual' && type !== 'event';

function tagsOf({ key, input, pausedFor }: Plan, source: string, scope: string): ImportTags {
  // A tag is for everybody to read, so it says nothing about the values of secrets.
  const { description: _, secrets = {}, ...rest } = input;
  const content = digestOf([rest, Object.keys(secrets), pausedFor ?? null]);
  return {
    source: sourceTag(source),
    entry: `${sourceTag(source)}:${digestOf([scope, key])}`,
    content: CONTENT + content,
  };
}
