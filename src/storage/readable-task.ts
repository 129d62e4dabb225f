import { presentAction } from '../domain/http-action.js';
import type { Task } from '../domain/task.js';
import { unreadableTask } from '../domain/unreadable.js';
import {
  instantOr,
  isInstant,
  isNumber,
  isObject,
  isText,
  listOf,
  oneOf,
  orNone,
  readable,
  shaped,
  textOr,
  type Shape,
} from './shape.js';

const STATES = ['active', 'paused', 'completed'];

const DEFINITION: Shape = {
  name: isText,
  triggers: listOf(shaped({ type: isText })),
  action: shaped({ type: isText }),
  tags: listOf(isText),
  misfire: isObject,
  retry: isObject,
  priority: isNumber,
};

const MAKER = orNone(shaped({ type: isText, id: isText }));
const MAKERS = orNone(shaped({ created: MAKER, updated: MAKER, paused: MAKER }));

const NEXT = orNone(shaped({ scheduledFor: isInstant, dueAt: isInstant }));

const TASK: Shape = {
  id: isText,
  organization: isText,
  definition: shaped(DEFINITION),
  secrets: isObject,
  state: oneOf(STATES),
  pausedReason: orNone(isText),
  pausedUntil: orNone(isInstant),
  next: NEXT,
  since: isNumber,
  generation: isNumber,
  scheduledRuns: isNumber,
  claimedUntil: orNone(isInstant),
  toldUntil: isNumber,
  createdAt: isInstant,
  updatedAt: isInstant,
  skips: orNone(listOf(shaped({ at: isInstant, by: isText, reason: isText }))),
  repeats: orNone(shaped({ after: isInstant, until: isInstant, byMs: isNumber })),
  makers: MAKERS,
};

/** What a store knows of a task without reading what may be broken; values may be anything. */
type Known = { readonly [Name in keyof Task]?: unknown };

/** The task, or what stands for it where its record cannot be read, so that one such record fails no list that it is in. */
export function readableTask(known: Known, read: () => Task): Task {
  return readable(
    () => withPresentAction(read()),
    TASK,
    (error) => standIn(known, error),
  );
}

function withPresentAction(task: Task): Task {
  const { definition } = task;
  if (!isObject(definition) || !isObject(definition.action)) return task;
  const action = presentAction(definition.action);
  return action === definition.action ? task : { ...task, definition: { ...definition, action } };
}

function standIn(known: Known, error: unknown): Task {
  const next = NEXT(known.next) ? ((known.next ?? null) as Task['next']) : null;
  const pausedUntil = instantOr(known.pausedUntil, null);
  const claimedUntil = instantOr(known.claimedUntil, null);
  const at = claimedUntil ?? next?.scheduledFor ?? pausedUntil ?? 0;
  const state = oneOf(STATES)(known.state) ? (known.state as Task['state']) : 'active';
  return {
    ...unreadableTask(error),
    id: String(known.id),
    organization: textOr(known.organization, ''),
    state,
    pausedReason: state === 'paused' ? textOr(known.pausedReason, 'not readable') : null,
    pausedUntil,
    next,
    // With the next occurrence it is the token of the record, which is as it is.
    generation: known.generation as number,
    scheduledRuns: isNumber(known.scheduledRuns) ? (known.scheduledRuns as number) : 0,
    claimedUntil,
    since: at,
    toldUntil: at,
    createdAt: at,
    updatedAt: at,
  };
}
