import { firstIdAt } from '../../domain/ids.js';
import { isFinished, type RunState } from '../../domain/run.js';
import type { RunFailure, RunFilter } from '../../scheduling/ports/run.reads.js';
import { Conditions } from './conditions.js';
import type { Walk } from './look.js';
import { readableFailure } from '../readable-run.js';
import { searchOf } from './run-search.js';
import { LIGHT_RUN_COLUMNS, memberOf, UNFINISHED, type RunRow } from './run-rows.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** The conditions of the partial indexes. */
const FAILED = "state IN ('failed', 'timed_out')";
const UNRUN = "state IN ('cancelled', 'skipped', 'missed')";
const ASKED_FOR = "trigger <> 'schedule'";

/** Up to this number of unfinished runs, all of them are read and the matching ones sorted. */
const FEW = 5000;

type RunWalk = Walk<RunRow, string>;

const along = (index: string): Pick<RunWalk, 'columns' | 'from' | 'key' | 'order' | 'keyOf'> => ({
  columns: LIGHT_RUN_COLUMNS,
  from: `runs INDEXED BY ${index}`,
  key: 'id',
  order: 'DESC',
  keyOf: ({ id }) => id,
});

const orderOf = ({ oldestFirst = false }: RunFilter): RunWalk['order'] => (oldestFirst ? 'ASC' : 'DESC');

const isFailed = (state: RunState): boolean => state === 'failed' || state === 'timed_out';

/** The range of ids for a range of nominal times: run ids start with those. */
const inTime = (conditions: Conditions, { from, to, by = 'scheduledFor' }: RunFilter): Conditions =>
  by !== 'scheduledFor'
    ? conditions
    : conditions
        .and('id >= ?', from === undefined ? undefined : firstIdAt(from))
        .and('id < ?', to === undefined ? undefined : firstIdAt(Math.max(to, 1)));

/** The walk to the runs that match a filter, along the member that leaves the fewest runs to test. */
export function walkTo(organization: string, filter: RunFilter): RunWalk {
  const { taskId, state, trigger, from, to, by = 'scheduledFor' } = filter;
  const { tried, ...paced } = searchOf(filter);
  // Ids cannot represent instants before 1970.
  const isEarly = (instant: number | undefined) => by === 'scheduledFor' && instant !== undefined && instant <= 0;
  tried
    .and('+scheduled_for >= ?', isEarly(from) ? from : undefined)
    .and('+scheduled_for < ?', isEarly(to) ? to : undefined);
  const ways = { ...paced, order: orderOf(filter) };
  if (taskId !== undefined) {
    const way = new Conditions().and('task_id = ?', taskId);
    tried.and('+organization = ?', organization).and('+state = ?', state).and('+trigger = ?', trigger);
    return { ...along('runs_of_task'), ...ways, along: inTime(way, filter), tried };
  }
  if (state !== undefined && isFailed(state)) {
    const way = new Conditions().and(`${FAILED} AND organization = ?`, organization);
    tried.and('+state = ?', state).and('+trigger = ?', trigger);
    return { ...along('failed_runs'), ...ways, along: inTime(way, filter), tried };
  }
  if (state !== undefined && state !== 'succeeded' && isFinished(state)) {
    const way = new Conditions().and(`${UNRUN} AND organization = ? AND state = ?`, organization, state);
    return { ...along('unrun_runs'), ...ways, along: inTime(way, filter), tried: tried.and('+trigger = ?', trigger) };
  }
  if (trigger !== undefined && trigger !== 'schedule') {
    const way = new Conditions().and(`${ASKED_FOR} AND organization = ? AND trigger = ?`, organization, trigger);
    return { ...along('asked_runs'), ...ways, along: inTime(way, filter), tried: tried.and('+state = ?', state) };
  }
  const way = new Conditions().and('organization = ?', organization);
  tried.and('+state = ?', state).and('+trigger = ?', trigger);
  return { ...along('runs_of_organization'), ...ways, along: inTime(way, filter), tried };
}

/** What `failureFrom` needs of a run that failed; its record may not be readable. */
const FAILURE_COLUMNS = `id, task_id AS taskId, scheduled_for AS scheduledFor, finished_at AS finishedAt, state,
  ${memberOf('progress', 'reason')} AS reason,
  CASE WHEN json_valid(progress) THEN progress -> '$.attempts[#-1].error' END AS error`;

interface FailureRow {
  id: string;
  error: string | null;
}

/** The walk to the runs that failed or timed out. */
export function failureWalk(
  organization: string,
  filter: Pick<RunFilter, 'taskId' | 'from' | 'to'>,
): Walk<FailureRow, string> {
  const { taskId } = filter;
  const ofTask = taskId !== undefined;
  const way = ofTask
    ? new Conditions().and('task_id = ?', taskId)
    : new Conditions().and(`${FAILED} AND organization = ?`, organization);
  const tried = ofTask
    ? new Conditions().and('+organization = ?', organization).and("+state IN ('failed', 'timed_out')")
    : new Conditions();
  const base = along(ofTask ? 'runs_of_task' : 'failed_runs');
  return { ...base, columns: FAILURE_COLUMNS, keyOf: ({ id }) => id, along: inTime(way, filter), tried };
}

/** A failure of a row. */
export const failureFrom = ({ error, ...row }: FailureRow): RunFailure =>
  readableFailure(row, error === null ? null : JSON.parse(error));

/** All unfinished runs that may match a filter, if they are few; null if they are many. */
export async function fewUnfinished(
  db: SqliteConnection,
  organization: string,
  filter: RunFilter,
): Promise<RunWalk | null> {
  const { taskId, state, trigger, from, to, by = 'scheduledFor' } = filter;
  if (state === undefined || isFinished(state)) return null;
  const from_ = 'runs INDEXED BY unfinished_runs_of_task';
  const all = new Conditions().and(UNFINISHED).and('task_id = ?', taskId);
  const count = `SELECT count(*) AS count FROM (SELECT 1 FROM ${from_} WHERE ${all.text} LIMIT ?)`;
  if ((await db.queryFirst<{ count: number }>(count, [...all.values, FEW + 1]))!.count > FEW) return null;
  const fitting = all
    .and('organization = ?', organization)
    .and('state = ?', state)
    .and('+trigger = ?', trigger)
    .and('+scheduled_for >= ?', by === 'scheduledFor' ? from : undefined)
    .and('+scheduled_for < ?', by === 'scheduledFor' ? to : undefined)
    .andTerm(searchOf(filter).tried);
  return {
    ...along('unfinished_runs_of_task'),
    order: orderOf(filter),
    along: fitting,
    tried: new Conditions(),
  };
}
