import { MOST_UNFINISHED } from '../../stats/stats.store.js';
import type { SqliteConnection } from './sqlite-connection.js';

const countOf = (ofOrganization: string) => `SELECT count(DISTINCT tasks.id) AS count FROM (
    SELECT task_id, organization, trigger FROM runs INDEXED BY unfinished_runs_of_task WHERE unfinished = 1 LIMIT ?
  ) AS run JOIN tasks ON tasks.id = run.task_id
  WHERE ${ofOrganization} run.trigger = 'schedule' AND tasks.state = 'completed'`;
const OF_ALL = countOf('');
const OF_ONE = countOf('run.organization = ? AND');

/**
 * How many tasks, of the organization if one is given, are stored as completed while their last runs have not ended:
 * among the tasks of a bounded number of unfinished runs, `limit` at most.
 */
export async function countEnding(db: SqliteConnection, limit: number, organization?: string): Promise<number> {
  const examined = Math.min(limit, MOST_UNFINISHED);
  const [sql, values] = organization === undefined ? [OF_ALL, [examined]] : [OF_ONE, [examined, organization]];
  return (await db.queryFirst<{ count: number }>(sql, values))!.count;
}
