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

interface BacklogGroup {
  own: number;
  state: 'pending' | 'running' | 'retrying';
  due: number;
  count: number;
}

const BACKLOG = `SELECT own, state, due, count(*) AS count FROM (
    SELECT organization = ? AS own, state, due_at <= ? AS due FROM runs INDEXED BY unfinished_runs_of_task
    WHERE unfinished = 1 LIMIT ?
  ) GROUP BY own, state, due`;

const placeOf = ({ state, due }: BacklogGroup): Exclude<keyof Backlog, 'truncated'> =>
  state === 'pending' ? (due === 1 ? 'waiting' : 'armed') : state;

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
    const groups = await this.db.read(() => this.db.all<BacklogGroup>(BACKLOG, [organization, now, limit]));
    const backlog: Backlog = { waiting: 0, armed: 0, running: 0, retrying: 0, truncated: false };
    let looked = 0;
    for (const group of groups) {
      looked += group.count;
      if (group.own === 1) backlog[placeOf(group)] += group.count;
    }
    return { ...backlog, truncated: looked >= limit };
  }

  purge(before: number, limit: number): Promise<number> {
    const old = 'SELECT organization, minute, instance FROM figures WHERE minute < ? ORDER BY minute LIMIT ?';
    const sql = `DELETE FROM figures WHERE (organization, minute, instance) IN (${old})`;
    return this.db.write(() => this.db.run(sql, [before, limit]));
  }
}
