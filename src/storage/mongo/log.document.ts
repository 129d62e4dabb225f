import type { mongo } from 'mongoose';
import type { LogChunk } from '../../execution-log/log.store.js';
import { inBatches } from './batches.js';
import { again } from './mongo-errors.js';

/** Entries of a run that were stored together, as JSON text, with the range of their sequences. */
export interface LogDocument {
  _id: string;
  organization: string;
  runId: string;
  first: number;
  last: number;
  entries: string;
}

export const toLogDocument = ({ organization, runId, entries }: LogChunk): LogDocument => ({
  _id: `${runId}:${entries[0]!.sequence}`,
  organization,
  runId,
  first: entries[0]!.sequence,
  last: entries.at(-1)!.sequence,
  entries: JSON.stringify(entries),
});

/**
 * The ids of a run's log documents: they start with the run's id and a colon; a semicolon sorts next after the colon.
 */
export const idsOf = (runId: string) => ({ $gte: `${runId}:`, $lt: `${runId};` });

/** Deletes the logs of these runs. */
export async function removeLogs(logs: mongo.Collection<LogDocument>, runIds: readonly string[]): Promise<void> {
  await inBatches(runIds, String, (batch) => {
    const deletions = batch.map((runId) => ({ deleteMany: { filter: { _id: idsOf(runId), runId } } }));
    return again(() => logs.bulkWrite(deletions, { ordered: false }));
  });
}
