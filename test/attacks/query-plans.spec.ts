import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TASK_SORTS } from '../../src/scheduling/ports/task.reads.js';
import { SqliteAuditStore } from '../../src/storage/sqlite/sqlite-audit.store.js';
import { SqliteConnection } from '../../src/storage/sqlite/sqlite-connection.js';
import { SqliteLogStore } from '../../src/storage/sqlite/sqlite-log.store.js';
import { SqliteRunStore } from '../../src/storage/sqlite/sqlite-run.store.js';
import type { SqlRow } from '../../src/storage/sqlite/sql.js';
import { SqliteStatsStore } from '../../src/storage/sqlite/sqlite-stats.store.js';
import { SqliteTaskStore } from '../../src/storage/sqlite/sqlite-task.store.js';
import { T0 } from '../support/builders.js';
import { AUDIT_FILTERS, ORDERS, RUN_FILTERS, SEARCHES, TASK_FILTERS } from '../support/reader-filters.js';

/** Scans of tables that grow with time: none is read from end to end, or sorted. */
const LARGE = /\bSCAN (runs|tasks|task_tags|ledger|e|o|audit_entries|audit_objects|log_chunks|figures)\b/;

describe('the queries of readers on SQLite', () => {
  let folder: string;
  let db: SqliteConnection;
  let asked: [sql: string, values: SqlRow][] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plans-'));
    db = await SqliteConnection.open(join(folder, 'tasks.db'));
    const query = db.query.bind(db);
    db.query = (sql, values) => {
      asked.push([sql, values]);
      return query(sql, values);
    };
  });
  afterAll(async () => {
    await db.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The steps of the query plans of everything that `ask` reads. */
  const plansOf = async (ask: () => Promise<unknown>): Promise<string[]> => {
    asked = [];
    await ask();
    expect(asked.length).toBeGreaterThan(0);
    return asked.flatMap(([sql, values]) =>
      db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, values).map(({ detail }) => detail),
    );
  };

  const page = { after: undefined, limit: 50 };
  const runs = () => new SqliteRunStore(db);
  const tasks = () => new SqliteTaskStore(db);
  const audit = () => new SqliteAuditStore(db);
  const stats = () => new SqliteStatsStore(db);
  const range = { from: T0, before: T0 + 9, limit: 9 };

  it.each<[string, (() => Promise<unknown>)[]]>([
    ['lists of runs', [...RUN_FILTERS, ...SEARCHES].map((filter) => () => runs().list('acme', filter, page))],
    ['lists of tasks', TASK_FILTERS.map((filter) => () => tasks().list('acme', filter, page))],
    [
      'sorted lists of tasks',
      TASK_SORTS.flatMap((by) =>
        (['asc', 'desc'] as const).flatMap((order) => [
          () => tasks().sorted('acme', { by, order }, {}, page),
          () => tasks().sorted('acme', { by, order }, { q: 'b' }, { after: '[0,5,"x"]', limit: 50 }),
        ]),
      ),
    ],
    ...ORDERS.map((order): [string, (() => Promise<unknown>)[]] => [
      `the trail, ${order}`,
      AUDIT_FILTERS.map((filter) => () => audit().search('acme', filter, { ...page, order })),
    ]),
    ['the whole trail', [() => audit().chain('acme', {}, 0, 9)]],
    ['runs of a task', [() => runs().ofTask('acme', 't', { ...range, after: 'x' })]],
    [
      'failures',
      [() => runs().failures('acme', { from: T0 }, page), () => runs().failures('acme', { taskId: 't' }, page)],
    ],
    ['sums of minutes', [() => stats().sums('acme', range)]],
    ['outlines of runs', [() => runs().outlines('acme', ['t', 'u'], range)]],
    ['runs by ids', [() => runs().byIds('acme', ['x'])]],
    ['failed runs', [() => runs().failed('acme', { states: ['failed'], taskId: 't', from: T0, to: T0 + 9 }, page)]],
    ['what was made up for', [() => runs().madeUp('acme', 't', { from: T0, to: T0 + 9, limit: 9 })]],
    ['the end of a backfill', [() => runs().lastBackfillDue('acme', 't')]],
    ['unfinished runs', [() => runs().unfinishedOf(['t'], 9)]],
    ['the end of a ledger', [() => runs().ledgerBefore('acme', 't', T0, 9)]],
    ['counts of tasks', [() => tasks().countByState(9), () => stats().tasksByState('acme', 9)]],
    ['figures', [() => stats().minutes('acme', T0), () => stats().totals('acme', T0)]],
    ['the backlog', [() => stats().backlog('acme', T0, 9)]],
    ['a log', [() => new SqliteLogStore(db).list('acme', 'x', 0, 9)]],
  ])('for %s use an index', async (_, questions) => {
    for (const ask of questions) {
      const plans = await plansOf(ask);
      // A bounded number of unfinished runs is read, so sorting them is cheap.
      const ofUnfinished = plans.some((step) => step.includes('unfinished_runs_of_task'));
      const scans = plans.filter((step) => LARGE.test(step) && !step.includes('unfinished_runs_of_task'));
      const sorts = plans.filter((step) => step.includes('TEMP B-TREE') && !ofUnfinished);
      expect({ scans, sorts }).toEqual({ scans: [], sorts: [] });
    }
  });

  it('for what others hold of a task pass over the runs that wait for anybody, and those of the asker', async () => {
    const plans = await plansOf(() => runs().heldElsewhere(['t'], 'i'));
    expect(plans.filter((step) => step.includes(' runs '))).toEqual(
      ['<', '>'].map(
        (side) => `SEARCH runs USING COVERING INDEX unfinished_runs_of_task (task_id=? AND owner${side}?)`,
      ),
    );
    const ofOne = await plansOf(() => runs().heldBeside('t', 'i', { since: 0, dueBy: 9, limit: 9 }));
    expect(ofOne.filter((step) => LARGE.test(step))).toEqual([]);
    expect(ofOne.filter((step) => /TEMP B-TREE/.test(step))).toEqual([]);
  });

  it('for a ledger begin at the range, and sort only what reaches into it', async () => {
    const plans = await plansOf(() => runs().ledger('acme', 't', range));
    expect(plans.filter((step) => LARGE.test(step))).toEqual([]);
    const searches = plans.filter((step) => step.startsWith('SEARCH ledger'));
    expect(searches).toHaveLength(2);
    expect(searches[0]).toContain('ledger_by_reach (task_id=? AND <expr>=? AND from_at>? AND from_at<?)');
    expect(searches[1]).toMatch(/ledger_of_task \(task_id=\? AND from_at>\? AND from_at<\?\)/);
  });
});
