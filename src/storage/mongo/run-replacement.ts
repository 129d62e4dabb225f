import type { mongo } from 'mongoose';
import type { Run } from '../../domain/run.js';
import { stampedAmong, writeToken } from './bulk.js';
import { again } from './mongo-errors.js';
import { type RunDocument, toRunDocument } from './run.document.js';

/** Puts runs in the place of those of the same ids that the condition lets go; resolves to the ids of those replaced. */
export async function replaceRuns(
  collection: mongo.Collection<RunDocument>,
  runs: readonly Run[],
  condition: (run: Run) => mongo.Filter<RunDocument>,
): Promise<Set<string>> {
  if (runs.length === 0) return new Set();
  const token = writeToken();
  const writes = runs.map((run) => ({
    replaceOne: {
      filter: { ...condition(run), _id: run.id },
      replacement: { lastWrite: token, ...toRunDocument(run) },
    },
  }));
  await again(() => collection.bulkWrite(writes, { ordered: false }));
  const ids = runs.map(({ id }) => id);
  return stampedAmong(collection, ids, token);
}
