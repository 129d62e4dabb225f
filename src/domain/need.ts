import type { Action, ActionType } from './action.js';
import { boundedCache } from './bounded-cache.js';
import { DEFAULT_QUEUE } from './queue.js';
import type { TaskDefinition } from './task-definition.js';
import type { Task } from './task.js';

/** What an instance must work to run a task. */
export interface Need {
  queue: string;
  /** What not every instance can do (`skillOf`); null when each can. */
  skill: string | null;
  /** The trigger types of a host application, which it must know to tell when the task is due. */
  triggerTypes: readonly string[];
}

/** A need as stored with tasks and runs, for queries; a member is absent when nearly every instance meets it. */
export interface StoredNeed {
  queue?: string;
  skill?: string;
}

/** The actions that every instance runs. */
export const COMMON_ACTIONS: readonly ActionType[] = ['http', 'event', 'test-flow', 'noop'];

const HANDLER = 'handler:';

/** Every run that waits has its skill: the same text for all of one handler. */
const skills = boundedCache<string>(1000);

/** The skill to call the handler of this name. */
export function handlerSkill(name: string): string {
  const known = skills.get(name);
  if (known !== undefined) return known;
  const skill = HANDLER + name;
  skills.set(name, skill);
  return skill;
}

/** The name of the handler that this skill calls; null when it is another skill. */
export const handlerOf = (skill: string): string | null =>
  skill.startsWith(HANDLER) ? skill.slice(HANDLER.length) : null;

/** What an instance must be able to do for this action; null when every instance is. */
export function skillOf(action: Action): string | null {
  if (action.type === 'handler') return handlerSkill(action.name);
  return COMMON_ACTIONS.includes(action.type) ? null : action.type;
}

/** The queue of a task; tasks of older versions name none. */
export const queueOf = ({ queue }: Partial<Pick<TaskDefinition, 'queue'>>): string => queue ?? DEFAULT_QUEUE;

/** The names of trigger types of host applications have a colon, those of the built-in ones have none. */
const isOfHost = (type: string): boolean => type.includes(':');

/** The lane of what needs no place that an instance limits (`Places`). */
export const FREE_LANE = '';

/** What a need is computed from. */
export type Needing = Pick<Task, 'definition' | 'unreadable'>;

/** What the task needs; of one whose record cannot be read any instance may tell that. */
export const needOf = ({ definition, unreadable }: Needing): Need =>
  unreadable !== undefined
    ? { queue: DEFAULT_QUEUE, skill: null, triggerTypes: [] }
    : {
        queue: queueOf(definition),
        skill: skillOf(definition.action),
        triggerTypes: [...new Set(definition.triggers.map(({ type }) => type).filter(isOfHost))],
      };

/** The part of a task's need that stores keep for queries. */
export function storedNeedOf({ definition, unreadable }: Needing): StoredNeed {
  if (unreadable !== undefined) return {};
  const queue = queueOf(definition);
  const skill = skillOf(definition.action);
  return { ...(queue !== DEFAULT_QUEUE && { queue }), ...(skill !== null && { skill }) };
}
