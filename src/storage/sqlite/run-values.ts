import { isFinished, type Run, type RunProgress } from '../../domain/run.js';
import type { RunChange } from '../../scheduling/ports/run.store.js';
import { payloadOf, withoutPayload } from '../run-payload.js';
import type { SqlRow } from './sql.js';

/** The members of a run that are written once, as one text. */
export type Origin = Pick<
  Run,
  'generation' | 'priority' | 'createdAt' | 'retryOf' | 'event' | 'parameters' | 'insteadOf' | 'trace'
>;

/** The members of its progress that are written as one text. */
export type Details = Pick<RunProgress, 'attempts' | 'latenessMs' | 'output' | 'reason'> & {
  putOff?: true;
  span?: string | undefined;
};

/** The columns that change while one owner works on a run. Only the two indexes of a task's unfinished runs contain any. */
export const WORKING = ['state', 'due_at', 'attempt', 'started_at', 'progress'];

/** All columns that change. */
export const EVERYTHING = [...WORKING, 'unfinished', 'owner', 'finished_at'];

const FIXED = ['id', 'organization', 'task_id', 'trigger', 'scheduled_for', 'origin', 'payload'];
const NEED = ['queue', 'skill'];

/** The columns of `runValues`: of a fresh run, of a fresh one with needs, and of any other. */
export const FRESH = [...FIXED, 'due_at', 'owner', 'attempt'];
export const FRESH_WITH_NEEDS = [...FRESH, ...NEED];
export const WHOLE = [...FIXED, ...EVERYTHING, ...NEED];

/**
 * Changes of runs as rows of values, one after the other, in each of which the token comes first: those after which the
 * owner goes on with the run, of the columns `WORKING`, and the others, of `EVERYTHING`. No run occurs twice.
 */
export interface ChangeValues {
  going: SqlRow;
  others: SqlRow;
}

/**
 * The changes in order, in parts in which each run occurs once. They are made into values where they arise: values go
 * to the thread of the store at a fraction of the expense of objects.
 */
export function changeValues(changes: readonly RunChange[]): ChangeValues[] {
  const parts: ChangeValues[] = [];
  let seen = new Set<string>();
  let part: ChangeValues | undefined;
  for (const change of changes) {
    if (!part || seen.has(change.id)) {
      parts.push((part = { going: [], others: [] }));
      seen = new Set();
    }
    seen.add(change.id);
    addChange(part, change);
  }
  return parts;
}

function addChange({ going, others }: ChangeValues, change: RunChange): void {
  const { id, expected, progress } = change;
  const isGoing = keepsOn(change);
  const values = isGoing ? going : others;
  values.push(id, expected.owner, expected.attempt, progress.state, progress.dueAt, progress.attempt);
  values.push(progress.startedAt, detailsOf(progress));
  if (!isGoing) values.push(isFinished(progress.state) ? 0 : 1, progress.owner, progress.finishedAt);
}

/** Whether the owner continues to work on the run: then only the `WORKING` columns change. */
const keepsOn = ({ progress, expected }: RunChange): boolean =>
  progress.owner !== null &&
  progress.owner === expected.owner &&
  !isFinished(progress.state) &&
  progress.finishedAt === null;

/** The values with which a run is inserted; how many there are says of which columns. */
export function runValues(run: Run): SqlRow {
  const payload = payloadOf(run);
  const origin = originOf(payload === null ? run : withoutPayload(run));
  const values: SqlRow = [run.id, run.organization, run.taskId, run.trigger, run.scheduledFor, origin, payload];
  const { queue = null, skill = null } = run;
  if (!isFresh(run)) {
    values.push(run.state, run.dueAt, run.attempt, run.startedAt, detailsOf(run));
    values.push(isFinished(run.state) ? 0 : 1, run.owner, run.finishedAt, queue, skill);
    return values;
  }
  values.push(run.dueAt, run.owner, run.attempt);
  if (queue !== null || skill !== null) values.push(queue, skill);
  return values;
}

/** Whether the run's state and progress equal the columns' defaults, which then need not be passed. */
const isFresh = (run: Run): boolean =>
  run.state === 'pending' &&
  run.attempts.length === 0 &&
  !run.putOff &&
  run.startedAt === null &&
  run.finishedAt === null &&
  run.latenessMs === null &&
  run.output === null &&
  run.reason === null;

const originOf = ({ generation, priority, createdAt, retryOf, event, parameters, insteadOf, trace }: Origin): string =>
  JSON.stringify({
    generation,
    priority,
    createdAt,
    retryOf,
    event,
    ...(parameters && { parameters }),
    ...(insteadOf && { insteadOf }),
    ...(trace && { trace }),
  } satisfies Origin);

const detailsOf = ({ attempts, latenessMs, output, reason, putOff, span }: RunProgress): string =>
  JSON.stringify({ ...(putOff && { putOff }), attempts, latenessMs, output, reason, span } satisfies Details);
