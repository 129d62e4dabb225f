import { awaitedBy, type Awaited, type ReceivedEvent } from './event.js';
import type { Json } from './json.js';
import { END_STEPS, type RunMessage } from './lifecycle-message.js';
import { toIso } from './instants.js';
import type { Task } from './task.js';
import type { Trigger } from './trigger.js';

/** The events of the engine that a trigger can wait for: the ends of runs. */
const ENDS: ReadonlySet<string> = new Set(END_STEPS);

/** Whether an event of this type is raised by the end of a run. */
export const isEnd = (type: string): boolean => ENDS.has(type);

/** Whether a trigger of the task waits for the ends of runs. */
export const isChained = ({ definition }: Pick<Task, 'definition'>): boolean =>
  definition.triggers.some((trigger) => awaitedBy(trigger).some(({ event }) => isEnd(event)));

/** The ids of the tasks whose ends the triggers name by their filters. */
export const parentsIn = (triggers: readonly Trigger[]): string[] => [
  ...new Set(
    triggers.flatMap((trigger) =>
      awaitedBy(trigger).flatMap(({ event, filter }) => (isEnd(event) ? idsIn(filter?.['data.taskId']) : [])),
    ),
  ),
];

/** Which ends a trigger waits for, in words, such as `"run.failed" of the task ID`; null for other events. */
export function endInWords({ event, filter }: Awaited): string | null {
  if (!isEnd(event)) return null;
  const ids = idsIn(filter?.['data.taskId']);
  return `"${event}"${ids.length > 0 ? ` of the task ${ids.join(' or ')}` : ''}`;
}

/** The values that a condition of a filter allows, where it names them. */
function idsIn(condition: Json | undefined): string[] {
  if (typeof condition === 'string') return [condition];
  if (condition === null || typeof condition !== 'object' || Array.isArray(condition)) return [];
  const { $eq, $in } = condition;
  return [$eq, ...(Array.isArray($in) ? $in : [])].filter((value): value is string => typeof value === 'string');
}

/** What triggers and templates see of the end of a run. */
export const dataOfEnd = (message: RunMessage): Json => ({
  ...{ taskId: message.taskId, taskName: message.taskName, tags: [...message.tags], runId: message.runId },
  ...{ trigger: message.trigger, scheduledFor: toIso(message.scheduledFor), outcome: message.state },
  attempt: message.attempt,
  ...(message.output !== undefined && { output: message.output }),
  ...(message.isOutputCut && { outputCut: true }),
  ...(message.error && { error: { ...message.error } }),
  ...(message.reason !== null && { reason: message.reason }),
});

/** A run whose end started others, as the event of that end tells of it. */
export interface Parent {
  id: string;
  taskId: string;
  taskName: string;
  state: string;
}

/** The run whose end the event tells of; undefined for any other event. */
export function parentOf({ type, data }: Pick<ReceivedEvent, 'type' | 'data'>): Parent | undefined {
  if (!isEnd(type) || data === null || typeof data !== 'object' || Array.isArray(data)) return undefined;
  const { runId, taskId, taskName, outcome } = data;
  const texts = [runId, taskId, taskName, outcome];
  if (!texts.every((text) => typeof text === 'string')) return undefined;
  const [id, ofTask, name, state] = texts as [string, string, string, string];
  return { id, taskId: ofTask, taskName: name, state };
}
