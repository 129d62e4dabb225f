import { setImmediate as turn } from 'node:timers/promises';
import type { TaskState } from '../../domain/task.js';
import { type MinuteFigures, noTotals, type Totals } from '../../stats/figures.js';
import { type Backlog, StatsStore } from '../../stats/stats.store.js';
import type { SqliteConnection } from './sqlite-connection.js';

const TOTALS = Object.keys(noTotals()) as (keyof Totals)[];
const COLUMNS = ['organization', 'minute', 'instance', ...TOTALS, 'lateness', 'worst_ms'];
const PUT = `INSERT OR REPLACE INTO figures (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`;

interface FiguresRow extends Totals {
  organization: string;
  minute: number;
  instance: string;
  lateness: string;
  worst_ms: number;
}

interface UnfinishedRow {
  rowid: number;
  task_id: string;
  own: number;
  state: 'pending' | 'running' | 'retrying';
  due_at: number;
}

/** How many runs one query looks at. */
const PAGE = 1000;
const UNFINISHED = `SELECT rowid, task_id, organization = ? AS own, state, due_at
  FROM runs INDEXED BY unfinished_runs_of_task
  WHERE unfinished = 1 AND (task_id, rowid) > (?, ?) ORDER BY task_id, rowid LIMIT ?`;

function placeOf({ state, due_at: dueAt }: UnfinishedRow, now: number): Exclude<keyof Backlog, 'truncated'> {
  if (state !== 'pending') return state;
  return dueAt <= now ? 'waiting' : 'armed';
}

const figuresFrom = ({ lateness, worst_ms: worstMs, ...row }: FiguresRow): MinuteFigures => ({
  ...row,
  lateness: JSON.parse(lateness) as number[],
  worstMs,
});

/** Keeps the figures of minutes, and counts, in SQLite. */
export class SqliteStatsStore extends StatsStore {
  constructor(private readonly db: SqliteConnection) {
    super();
  }

  async put(figures: readonly MinuteFigures[]): Promise<void> {
    const rows = figures.map(({ organization, minute, instance, lateness, worstMs, ...totals }) => [
      ...[organization, minute, instance, ...TOTALS.map((name) => totals[name])],
      ...[JSON.stringify(lateness), worstMs],
    ]);
    await this.db.write(() => {
      for (const row of rows) this.db.run(PUT, row);
    });
  }

  async minutes(organization: string, from: number): Promise<MinuteFigures[]> {
    const sql = `SELECT ${COLUMNS.join(', ')} FROM figures WHERE organization = ? AND minute >= ? ORDER BY minute, instance`;
    return (await this.db.read(() => this.db.all<FiguresRow>(sql, [organization, from]))).map(figuresFrom);
  }

  async totals(organization: string, from: number): Promise<Totals> {
    const sums = TOTALS.map((name) => `coalesce(sum(${name}), 0) AS ${name}`).join(', ');
    const sql = `SELECT ${sums} FROM figures WHERE organization = ? AND minute >= ?`;
    return (await this.db.read(() => this.db.first<Totals>(sql, [organization, from])))!;
  }

  async tasksByState(organization: string, limit: number): Promise<Record<TaskState, number>> {
    const count = 'SELECT count(*) AS count FROM (SELECT 1 FROM tasks WHERE state = ? AND organization = ? LIMIT ?)';
    const countOf = (state: TaskState) => this.db.first<{ count: number }>(count, [state, organization, limit])!.count;
    return this.db.read(() => ({
      active: countOf('active'),
      paused: countOf('paused'),
      completed: countOf('completed'),
    }));
  }

  async backlog(organization: string, now: number, limit: number): Promise<Backlog> {
    const backlog: Backlog = { waiting: 0, armed: 0, running: 0, retrying: 0, truncated: false };
    let [looked, last]: [number, UnfinishedRow | undefined] = [0, undefined];
    while (looked < limit) {
      const size = Math.min(PAGE, limit - looked);
      const rows = await this.unfinished(organization, last, size);
      for (const row of rows) if (row.own === 1) backlog[placeOf(row, now)]++;
      if (rows.length < size) return backlog;
      [looked, last] = [looked + rows.length, rows.at(-1)];
      // A query holds up the thread; whatever else is asked has its turn between two of them.
      await turn();
    }
    return { ...backlog, truncated: true };
  }

  purge(before: number, limit: number): Promise<number> {
    const old = 'SELECT organization, minute, instance FROM figures WHERE minute < ? ORDER BY minute LIMIT ?';
    const sql = `DELETE FROM figures WHERE (organization, minute, instance) IN (${old})`;
    return this.db.write(() => this.db.run(sql, [before, limit]));
  }

  private unfinished(organization: string, after: UnfinishedRow | undefined, limit: number): Promise<UnfinishedRow[]> {
    const values = [organization, after?.task_id ?? '', after?.rowid ?? 0, limit];
    return this.db.read(() => this.db.all<UnfinishedRow>(UNFINISHED, values));
  }
}
