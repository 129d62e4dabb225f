import type { mongo } from 'mongoose';
import { leavesOutAll, MOST_EXCLUSIONS, type Exclusion, type Part } from '../../domain/part.js';
import { DEFAULT_QUEUE } from '../../domain/queue.js';

/** The query for documents in one of the parts. */
export function inParts(parts: readonly Part[]): mongo.Document {
  const queries = parts.map(inPart);
  return queries.length === 1 ? queries[0]! : { $or: queries };
}

/** The query for documents that are not left out; nothing where none is. */
export function notLeftOut(without: readonly Exclusion[] | undefined): mongo.Document | undefined {
  if (!without?.length) return undefined;
  if (leavesOutAll(without)) return { _id: { $in: [] } };
  const left = without.slice(0, MOST_EXCLUSIONS).map(({ organization, queue, skill }) => ({
    ...(organization !== undefined && { organization }),
    ...(queue !== undefined && { queue: stored(queue) }),
    ...(skill !== undefined && { skill }),
  }));
  return { $nor: left };
}

function inPart({ queues, skills, shards }: Part): mongo.Document {
  return {
    ...(shards && { shard: { $in: [...shards, null] } }),
    skill: { $in: skills },
    ...('among' in queues
      ? { queue: { $in: queues.among.map(stored) } }
      : queues.except.length > 0 && { queue: { $nin: queues.except.map(stored) } }),
  };
}

/** Null finds the absent field, too. */
const stored = (queue: string): string | null => (queue === DEFAULT_QUEUE ? null : queue);
