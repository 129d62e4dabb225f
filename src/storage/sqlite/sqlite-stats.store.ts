import type { TaskState } from '../../domain/task.js';
import type { DueRange } from '../../scheduling/ports/task.reads.js';
import { LATENESS_BOUNDS, type MinuteFigures, type MinuteSums, noTotals, type Totals } from '../../stats/figures.js';
import { type Backlog, StatsStore, withEnding } from '../../stats/stats.store.js';
import { countEnding } from './ending-tasks.js';
import { notSince } from './not-since.js';
import type { SqliteConnection } from './sqlite-connection.js';

const TOTALS = Object.keys(noTotals()) as (keyof Totals)[];
const COLUMNS = ['organization', 'minute', 'instance', ...TOTALS, 'lateness', 'worst_ms'];
const PUT = `INSERT OR REPLACE INTO figures (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`;

const STATES = ['active', 'paused', 'completed'] as const satisfies readonly TaskState[];

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

const SUMS = TOTALS.map((name) => `coalesce(sum(${name}), 0) AS ${name}`);
const LATE = Array.from(
  { length: LATENESS_BOUNDS.length + 1 },
  (_, index) => `coalesce(sum(CASE WHEN json_valid(lateness) THEN lateness ->> '$[${index}]' END), 0) AS late${index}`,
);

const sumsFrom = (row: Record<string, number>): MinuteSums => ({
  minute: row['minute']!,
  ...(Object.fromEntries(TOTALS.map((name) => [name, row[name]!])) as Totals),
  lateness: LATE.map((_, index) => row[`late${index}`]!),
  worstMs: row['worstMs']!,
});

/** Keeps figures per minute, and counts objects, in SQLite. */
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
    return (await this.db.query<FiguresRow>(sql, [organization, from])).map(figuresFrom);
  }

  async sums(organization: string, { from, before, limit }: DueRange): Promise<MinuteSums[]> {
    const sql = `SELECT minute, ${[...SUMS, ...LATE].join(', ')}, max(worst_ms) AS worstMs
      FROM figures WHERE organization = ? AND minute >= ? AND minute < ? GROUP BY minute ORDER BY minute LIMIT ?`;
    const rows = await this.db.query<Record<string, number>>(sql, [organization, from, before, limit]);
    return rows.map(sumsFrom);
  }

  async totals(organization: string, from: number): Promise<Totals> {
    const sql = `SELECT ${SUMS.join(', ')} FROM figures WHERE organization = ? AND minute >= ?`;
    return (await this.db.queryFirst<Totals>(sql, [organization, from]))!;
  }

  async tasksByState(organization: string, limit: number): Promise<Record<TaskState, number>> {
    const count = '(SELECT count(*) FROM (SELECT 1 FROM tasks WHERE state = ? AND organization = ? LIMIT ?))';
    const sql = `SELECT ${STATES.map((state) => `${count} AS ${state}`).join(', ')}`;
    const values = STATES.flatMap((state) => [state, organization, limit]);
    const stored = (await this.db.queryFirst<Record<TaskState, number>>(sql, values))!;
    if (stored.completed === 0) return stored;
    return withEnding(stored, await countEnding(this.db, limit, organization), limit);
  }

  async backlog(organization: string, now: number, limit: number): Promise<Backlog> {
    const groups = await this.db.query<BacklogGroup>(BACKLOG, [organization, now, limit]);
    const backlog: Backlog = { waiting: 0, armed: 0, running: 0, retrying: 0, truncated: false };
    let looked = 0;
    for (const group of groups) {
      looked += group.count;
      if (group.own === 1) backlog[placeOf(group)] += group.count;
    }
    return { ...backlog, truncated: looked >= limit };
  }

  purge(before: number, limit: number): Promise<number> {
    const old = `SELECT organization, minute, instance FROM figures WHERE ${notSince('minute')} ORDER BY minute LIMIT ?`;
    const sql = `DELETE FROM figures WHERE (organization, minute, instance) IN (${old})`;
    return this.db.write(() => this.db.run(sql, [before, limit]));
  }
}
