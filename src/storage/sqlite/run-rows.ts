import type { Heartbeat, Run, RunState, RunTrigger } from '../../domain/run.js';
import type { OpenedRun } from '../../scheduling/ports/run.store.js';
import { readableHeartbeat, readableRun } from '../readable-run.js';
import { withPayload } from '../run-payload.js';
import { objectIn } from '../shape.js';
import { BulkInsert } from './bulk-insert.js';
import { placeholders, RowBlocks } from './row-blocks.js';
import {
  EVERYTHING,
  FRESH,
  FRESH_WITH_NEEDS,
  WHOLE,
  WORKING,
  type ChangeValues,
  type Details,
  type Origin,
} from './run-values.js';
import type { Sql, SqlRow } from './sql.js';

/** The condition of the partial indexes. */
export const UNFINISHED = 'unfinished = 1';

/** The columns that `runFrom` needs. */
export const RUN_COLUMNS =
  'id, organization, task_id, trigger, scheduled_for, origin, state, due_at, owner, attempt, started_at, finished_at, progress, queue, skill, heartbeat, payload';

/** The same without what the run carries, if that is large; then its size. */
export const LIGHT_RUN_COLUMNS = RUN_COLUMNS.replace(
  'payload',
  'NULL AS payload, octet_length(payload) AS payload_bytes',
);

export interface RunRow {
  id: string;
  organization: string;
  task_id: string;
  trigger: RunTrigger;
  scheduled_for: number;
  origin: string;
  state: RunState;
  due_at: number;
  owner: string | null;
  attempt: number;
  started_at: number | null;
  finished_at: number | null;
  progress: string;
  queue: string | null;
  skill: string | null;
  heartbeat: string | null;
  payload: string | null;
  payload_bytes?: number | null;
}

/** Members of a run's JSON; null where that cannot be read, which must fail no statement over other runs. */
export const memberOf = (column: 'origin' | 'progress', name: string): string =>
  `CASE WHEN json_valid(${column}) THEN ${column} ->> '$.${name}' END`;
const GENERATION = memberOf('origin', 'generation');
export const ATTEMPTS = memberOf('progress', 'attempts');

/** The unary plus stops SQLite from using an index where the id is given. */
const TOKEN_HOLDS = `id = ? AND owner IS ? AND attempt = ? AND +${UNFINISHED}`;
const WITHDRAW = `DELETE FROM runs WHERE ${TOKEN_HOLDS} AND started_at IS NULL AND ${GENERATION} = ?`;

/** Statements that change runs: each row of values is a token and the new values of the columns. */
const changeOf = (columns: readonly string[], also = ''): RowBlocks => {
  const set = columns.map((column, index) => `${column} = change.column${index + 4}`).join(', ');
  return new RowBlocks(
    columns.length + 3,
    (size) => `UPDATE runs SET ${set} FROM (VALUES ${placeholders(size, columns.length + 3)}) AS change
      WHERE runs.id = change.column1 AND runs.owner IS change.column2 AND runs.attempt = change.column3
        AND +runs.unfinished = 1 ${also} RETURNING runs.id AS id`,
  );
};
/** What says that an attempt has not begun comes too late once it is running (`beforeBegin`). */
const NOT_LATE = "AND NOT (+runs.state = 'running' AND change.column4 <> 'running' AND change.column6 = runs.attempt)";
const KEEP_ON = changeOf(WORKING, NOT_LATE);
const CHANGE = changeOf(EVERYTHING);

const KNOWN = `
  SELECT id, CASE WHEN trigger = 'schedule' AND state = 'pending' AND ${ATTEMPTS} = '[]'
    THEN ${GENERATION} END AS generation
  FROM runs WHERE id IN (SELECT value FROM json_each(?))`;

const REMOVE_UNRUN = `
  DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?)) AND +state IN ('skipped', 'missed')
    AND ${ATTEMPTS} = '[]'`;

/** The run of a row. */
export const runFrom = (row: RunRow): Run =>
  readableRun(knownOf(row), () => ({
    putOff: false,
    ...knownOf(row),
    ...withPayload(objectIn(row.origin) as unknown as Origin, row.payload, row.payload_bytes),
    ...(objectIn(row.progress) as unknown as Details & { span?: string }),
  }));

const knownOf = (row: RunRow) => ({
  id: row.id,
  organization: row.organization,
  taskId: row.task_id,
  trigger: row.trigger,
  scheduledFor: row.scheduled_for,
  state: row.state,
  dueAt: row.due_at,
  owner: row.owner,
  attempt: row.attempt,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  ...(row.queue !== null && { queue: row.queue }),
  ...(row.skill !== null && { skill: row.skill }),
  ...heartbeatIn(row.heartbeat),
});

/** Nothing where it cannot be read: it decides nothing. */
function heartbeatIn(text: string | null): { heartbeat?: Heartbeat } {
  if (text === null) return {};
  try {
    return readableHeartbeat(objectIn(text));
  } catch {
    return {};
  }
}

/** Writes runs, inside the caller's transaction. */
export class RunRows {
  private readonly inserts: { width: number; insert: BulkInsert }[];

  constructor(private readonly db: Sql) {
    this.inserts = [FRESH, FRESH_WITH_NEEDS, WHOLE].map((columns) => ({
      width: columns.length,
      insert: new BulkInsert(db, 'runs', columns),
    }));
  }

  /** Inserts runs, given as `runValues`. */
  insert(runs: readonly SqlRow[]): void {
    for (const { width, insert } of this.inserts) insert.run(runs.filter(({ length }) => length === width));
  }

  /** Applies each change whose token still holds; returns the ids of the applied changes. */
  update(parts: readonly ChangeValues[]): Set<string> {
    const applied = new Set<string>();
    for (const { going, others } of parts) {
      for (const id of KEEP_ON.returning(this.db, going)) applied.add(id);
      for (const id of CHANGE.returning(this.db, others)) applied.add(id);
    }
    return applied;
  }

  /** Deletes a run that has not started if it matches; returns whether it did. */
  withdraw({ id, owner, attempt, generation }: OpenedRun): boolean {
    return this.db.run(WITHDRAW, [id, owner, attempt, generation]) === 1;
  }

  /** Deletes these runs. */
  remove(ids: readonly string[]): void {
    if (ids.length > 0)
      this.db.run('DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?))', [JSON.stringify(ids)]);
  }

  /** Deletes the runs among these that were skipped or missed without an attempt. */
  removeUnrun(ids: readonly string[]): void {
    this.db.run(REMOVE_UNRUN, [JSON.stringify(ids)]);
  }

  /**
   * The ids that have a run, each with the last generation in which the run is valid: a claimed run that never started
   * is void under a later generation; any other run stays valid.
   */
  known(ids: readonly string[]): Map<string, number> {
    const rows = this.db.all<{ id: string; generation: number | null }>(KNOWN, [JSON.stringify(ids)]);
    return new Map(rows.map(({ id, generation }) => [id, generation ?? Number.POSITIVE_INFINITY]));
  }
}
