import type { AuditEntry, AuditObject } from '../audit/audit-entry.js';
import { ENGINE } from '../audit/actor.js';
import { OUTCOMES } from '../audit/counted-outcomes.js';
import type { Json, JsonObject } from '../domain/json.js';
import { isFinished, RUN_STATES } from '../domain/run.js';
import type { RunOutcome } from '../audit/audit.store.js';
import { textOf, type ChangePosition } from './change-position.js';

/** Something that changed in an organization, on whichever instance. */
export interface Change {
  /** Where it stands among the changes: `changes({after: position})` goes on behind it. */
  position: string;
  /** Such as `task.created`, `task.paused`, `run.requested`, `run.succeeded`, `run.timed_out`, `settings.replaced`. */
  type: string;
  /** When it was recorded (epoch ms). */
  at: number;
  object: AuditObject;
  /** The task that changed, or whose run it is. */
  taskId: string | null;
  /** Who made the change; `engine` for the ends of runs. */
  actor: string;
  /** What differs, with secrets masked. Of a run that ended, `after` tells how. */
  before: Json;
  after: Json;
}

/** The changes that an entry of the trail tells of: as many as there are ends of runs in it, or one. */
export function changesIn(entry: AuditEntry): Change[] {
  const { sequence, at, actor } = entry;
  const runs = entry.action === OUTCOMES ? endsIn(entry.after) : null;
  if (!runs) {
    const { object, before, after } = entry;
    const type = REQUESTS.get(entry.action) ?? entry.action;
    return [{ position: textOf({ sequence, part: 0 }), type, at, object, taskId: taskOf(entry), actor: actor.id, before, after }]; // prettier-ignore
  }
  return runs.map((end, index) => ({
    position: textOf(index + 1 < runs.length ? { sequence: sequence - 1, part: index + 1 } : { sequence, part: 0 }),
    type: `run.${textIn(end, 'state') ?? 'unreadable'}`,
    at,
    object: { type: 'run', id: textIn(end, 'id') ?? '' },
    taskId: textIn(end, 'taskId'),
    actor: actor.id,
    before: null,
    after: end,
  }));
}

/** The end of a run that is told before its turn: behind it goes on what goes on behind the place. */
export function earlyChange({ organization: _, ...end }: RunOutcome, place: ChangePosition, at: number): Change {
  return {
    position: textOf(place),
    type: `run.${end.state}`,
    at,
    object: { type: 'run', id: end.id },
    taskId: end.taskId,
    actor: ENGINE.id,
    before: null,
    after: end,
  };
}

/** Whether it is the end of a run, which may be told before its turn. */
export const isEndOfRun = ({ type, object, actor }: Change): boolean =>
  object.type === 'run' && actor === ENGINE.id && ENDS.has(type);

const ENDS = new Set(RUN_STATES.filter(isFinished).map((state) => `run.${state}`));

/** What is asked for, and not what became of it. */
const REQUESTS = new Map([['run.cancelled', 'run.cancel-requested']]);

function endsIn(after: Json): JsonObject[] | null {
  const runs = (after as JsonObject | null)?.['runs'];
  return Array.isArray(runs) && runs.length > 0 ? (runs as JsonObject[]) : null;
}

function textIn(end: JsonObject, name: string): string | null {
  const value = end[name];
  return typeof value === 'string' ? value : null;
}

function taskOf({ object, objects }: AuditEntry): string | null {
  if (object.type === 'task') return object.id;
  return object.type === 'run' ? (objects.find((id) => id !== object.id) ?? null) : null;
}
