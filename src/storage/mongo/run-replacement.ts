import type { mongo } from 'mongoose';
import type { Run } from '../../domain/run.js';
import { stampedAmong, writeToken } from './bulk.js';
import { again } from './mongo-errors.js';
import { type RunDocument, toRunDocument } from './run.document.js';

/** Replaces runs with the same ids if they meet the condition; resolves to the ids of those replaced. */
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
