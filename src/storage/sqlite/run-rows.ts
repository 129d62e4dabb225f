import { isFinished, type Run, type RunProgress, type RunState, type RunTrigger } from '../../domain/run.js';
import type { OpenedRun, RunChange } from '../../scheduling/run.store.js';
import { BulkInsert } from './bulk-insert.js';
import { placeholders, RowBlocks } from './row-blocks.js';
import type { Sql, SqlRow } from './sql.js';

/** The condition of the partial indexes. */
export const UNFINISHED = 'unfinished = 1';

/** What a query has to select for `runFrom`. */
export const RUN_COLUMNS =
  'id, organization, task_id, trigger, scheduled_for, origin, state, due_at, owner, attempt, started_at, finished_at, progress';

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
}

type Origin = Pick<Run, 'generation' | 'priority' | 'createdAt' | 'retryOf' | 'event' | 'insteadOf'>;
type RunToken = Pick<RunChange, 'id' | 'expected'>;
type Details = Pick<RunProgress, 'attempts' | 'latenessMs' | 'output' | 'reason'> & { putOff?: true };

const originOf = ({ generation, priority, createdAt, retryOf, event, insteadOf }: Origin): string =>
  JSON.stringify({ generation, priority, createdAt, retryOf, event, ...(insteadOf && { insteadOf }) } satisfies Origin);

const detailsOf = ({ attempts, latenessMs, output, reason, putOff }: RunProgress): string =>
  JSON.stringify({ ...(putOff && { putOff }), attempts, latenessMs, output, reason } satisfies Details);

/** What changes while one owner works on a run. No index of an owned run has any of these columns. */
const working = {
  columns: ['state', 'due_at', 'attempt', 'started_at', 'progress'],
  row: (progress: RunProgress): SqlRow => {
    const { state, dueAt, attempt, startedAt } = progress;
    return [state, dueAt, attempt, startedAt, detailsOf(progress)];
  },
};

/** All that changes on a run. */
const everything = {
  columns: [...working.columns, 'unfinished', 'owner', 'finished_at'],
  row: (progress: RunProgress): SqlRow => {
    const { state, owner, finishedAt } = progress;
    return [...working.row(progress), isFinished(state) ? 0 : 1, owner, finishedAt];
  },
};

const tokenOf = ({ id, expected }: RunToken): SqlRow => [id, expected.owner, expected.attempt];

/** The unary plus keeps SQLite from looking at an index when there is the id. */
const TOKEN_HOLDS = `id = ? AND owner IS ? AND attempt = ? AND +${UNFINISHED}`;
const WITHDRAW = `DELETE FROM runs WHERE ${TOKEN_HOLDS} AND started_at IS NULL AND origin ->> '$.generation' = ?`;

/** Statements that change runs: each row of values is a token and what its columns become. */
const changeOf = (columns: readonly string[]): RowBlocks => {
  const set = columns.map((column, index) => `${column} = change.column${index + 4}`).join(', ');
  return new RowBlocks(
    (size) => `UPDATE runs SET ${set} FROM (VALUES ${placeholders(size, columns.length + 3)}) AS change
      WHERE runs.id = change.column1 AND runs.owner IS change.column2 AND runs.attempt = change.column3
        AND +runs.unfinished = 1 RETURNING runs.id AS id`,
  );
};
const KEEP_ON = changeOf(working.columns);
const CHANGE = changeOf(everything.columns);

/** Whether the owner goes on working on the run: then no more than the `working` columns change. */
const keepsOn = ({ progress, expected }: RunChange): boolean =>
  progress.owner !== null &&
  progress.owner === expected.owner &&
  !isFinished(progress.state) &&
  progress.finishedAt === null;

/** The changes in parts in which no run comes twice, in their order. */
function* partsOf(changes: readonly RunChange[]): Generator<RunChange[]> {
  let part = new Map<string, RunChange>();
  for (const change of changes) {
    if (part.has(change.id)) {
      yield [...part.values()];
      part = new Map();
    }
    part.set(change.id, change);
  }
  yield [...part.values()];
}

const KNOWN = `
  SELECT id, CASE WHEN trigger = 'schedule' AND state = 'pending' AND progress ->> '$.attempts' = '[]'
    THEN origin ->> '$.generation' END AS generation
  FROM runs WHERE id IN (SELECT value FROM json_each(?))`;

const REMOVE_UNRUN = `
  DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?)) AND +state IN ('skipped', 'missed')
    AND progress ->> '$.attempts' = '[]'`;

const FIXED = ['id', 'organization', 'task_id', 'trigger', 'scheduled_for', 'origin'];
const fixedRow = (run: Run): SqlRow => [
  run.id,
  run.organization,
  run.taskId,
  run.trigger,
  run.scheduledFor,
  originOf(run),
];

/** Whether the run's state and progress are the columns' defaults, which then need not be handed over. */
const isFresh = (run: Run): boolean =>
  run.state === 'pending' &&
  run.attempts.length === 0 &&
  !run.putOff &&
  [run.startedAt, run.finishedAt, run.latenessMs, run.output, run.reason].every((value) => value === null);

/** The run of a row. */
export const runFrom = (row: RunRow): Run => ({
  putOff: false,
  id: row.id,
  organization: row.organization,
  taskId: row.task_id,
  trigger: row.trigger,
  scheduledFor: row.scheduled_for,
  ...(JSON.parse(row.origin) as Origin),
  state: row.state,
  dueAt: row.due_at,
  owner: row.owner,
  attempt: row.attempt,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  ...(JSON.parse(row.progress) as Details),
});

/** Writes runs, inside the caller's transaction. */
export class RunRows {
  private readonly runs: BulkInsert;
  private readonly freshRuns: BulkInsert;

  constructor(private readonly db: Sql) {
    this.runs = new BulkInsert(db, 'runs', [...FIXED, ...everything.columns]);
    this.freshRuns = new BulkInsert(db, 'runs', [...FIXED, 'due_at', 'owner', 'attempt']);
  }

  insert(runs: readonly Run[]): void {
    const fresh = runs.filter(isFresh);
    this.freshRuns.run(fresh.map((run) => [...fixedRow(run), run.dueAt, run.owner, run.attempt]));
    if (fresh.length === runs.length) return;
    this.runs.run(runs.filter((run) => !isFresh(run)).map((run) => [...fixedRow(run), ...everything.row(run)]));
  }

  /** Applies each change whose token still holds; the ids of those that were applied. */
  update(changes: readonly RunChange[]): Set<string> {
    const applied = new Set<string>();
    for (const part of partsOf(changes)) {
      const going = part.filter((change) => keepsOn(change));
      const rest = part.filter((change) => !keepsOn(change));
      const kept = going.map((change) => [...tokenOf(change), ...working.row(change.progress)]);
      const changed = rest.map((change) => [...tokenOf(change), ...everything.row(change.progress)]);
      for (const id of KEEP_ON.returning(this.db, kept)) applied.add(id);
      for (const id of CHANGE.returning(this.db, changed)) applied.add(id);
    }
    return applied;
  }

  /** Deletes a run that has not started if it is as given; tells whether it did. */
  withdraw({ id, owner, attempt, generation }: OpenedRun): boolean {
    return this.db.run(WITHDRAW, [id, owner, attempt, generation]) === 1;
  }

  /** Deletes these runs. */
  remove(ids: readonly string[]): void {
    if (ids.length > 0)
      this.db.run('DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?))', [JSON.stringify(ids)]);
  }

  /** Deletes those of these runs that were skipped or missed without an attempt. */
  removeUnrun(ids: readonly string[]): void {
    this.db.run(REMOVE_UNRUN, [JSON.stringify(ids)]);
  }

  /**
   * The ids under which there is a run, each with the last generation under which it is in force: a claimed run that never
   * started is void under a later generation, any other one stands for good.
   */
  known(ids: readonly string[]): Map<string, number> {
    const rows = this.db.all<{ id: string; generation: number | null }>(KNOWN, [JSON.stringify(ids)]);
    return new Map(rows.map(({ id, generation }) => [id, generation ?? Number.POSITIVE_INFINITY]));
  }
}
