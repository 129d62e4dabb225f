import type { mongo } from 'mongoose';
import { type LogChunk, type LogEntry, LogStore } from '../../execution-log/log.store.js';
import { readableEntries } from '../readable-log.js';
import { insertMissing } from './bulk.js';
import { idsOf, type LogDocument, toLogDocument } from './log.document.js';
import type { MongoCollections } from './mongo-collections.js';
import { again } from './mongo-errors.js';

const bySequence = (a: LogEntry, b: LogEntry): number => a.sequence - b.sequence;

/** Keeps the logs of runs in MongoDB; entries that were stored together share a document. */
export class MongoLogStore extends LogStore {
  private readonly logs: mongo.Collection<LogDocument>;

  constructor({ logs }: MongoCollections) {
    super();
    this.logs = logs;
  }

  append(chunks: readonly LogChunk[]): Promise<void> {
    return insertMissing(this.logs, chunks.map(toLogDocument));
  }

  async lastBelow(organization: string, runId: string, below: number): Promise<number | null> {
    const filter = { _id: idsOf(runId), runId, organization, first: { $lt: below } };
    const [chunk] = await this.logs
      .find(filter, { projection: { last: 1 } })
      .sort({ last: -1 })
      .limit(1)
      .toArray();
    return chunk?.last ?? null;
  }

  list(organization: string, runId: string, after: number, limit: number): Promise<LogEntry[]> {
    return again(() => this.read(organization, runId, after, limit));
  }

  private async read(organization: string, runId: string, after: number, limit: number): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    const chunks = this.logs.find({ _id: idsOf(runId), runId, organization, last: { $gt: after } }).sort({ first: 1 });
    for await (const chunk of chunks) {
      // Two instances may have written alternately, so a later chunk can hold an earlier entry.
      if (entries.length >= limit && entries[limit - 1]!.sequence < chunk.first) break;
      entries.push(...readableEntries(chunk).filter(({ sequence }) => sequence > after));
      entries.sort(bySequence);
    }
    return entries.slice(0, limit);
  }
}
