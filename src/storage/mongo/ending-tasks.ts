import { MOST_UNFINISHED } from '../../stats/stats.store.js';
import type { MongoCollections } from './mongo-collections.js';
import { UNFINISHED } from './run.document.js';

/**
 * How many tasks, of the organization if one is given, are stored as completed while their last runs have not ended:
 * among the tasks of a bounded number of unfinished runs, `limit` at most.
 */
export async function countEnding(
  { runs, tasks }: Pick<MongoCollections, 'runs' | 'tasks'>,
  limit: number,
  organization?: string,
): Promise<number> {
  const groups = await runs
    .aggregate<{ _id: string }>([
      { $match: UNFINISHED },
      { $limit: Math.min(limit, MOST_UNFINISHED) },
      { $match: { ...(organization !== undefined && { organization }), trigger: 'schedule' } },
      { $group: { _id: '$taskId' } },
    ])
    .toArray();
  if (groups.length === 0) return 0;
  return tasks.countDocuments({ _id: { $in: groups.map(({ _id }) => _id) }, state: 'completed' });
}
