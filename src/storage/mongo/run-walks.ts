import type { mongo } from 'mongoose';
import { firstIdAt } from '../../domain/ids.js';
import { isFinished } from '../../domain/run.js';
import type { RunFilter } from '../../scheduling/run.reads.js';
import type { Walk } from './look.js';
import { type RunDocument, UNFINISHED } from './run.document.js';

/** Up to how many unfinished runs there may be to look at all of them and sort what fits. */
const FEW = 5000;

/** Run ids begin with their nominal time; they do not tell of instants before 1970. */
function rangeOf({ from, to }: RunFilter): { range: NonNullable<Walk<string>['range']>; tried: mongo.Document } {
  const early = {
    ...(from !== undefined && from <= 0 && { $gte: from }),
    ...(to !== undefined && to <= 0 && { $lt: to }),
  };
  return {
    range: {
      ...(from !== undefined && { $gte: firstIdAt(from) }),
      ...(to !== undefined && { $lt: firstIdAt(Math.max(to, 1)) }),
    },
    tried: Object.keys(early).length > 0 ? { scheduledFor: early } : {},
  };
}

/** The way to the runs that a filter lets through, by whichever of its members leaves the fewest to try. */
export function walkTo(organization: string, filter: RunFilter): Walk<string> {
  const { taskId, state, trigger } = filter;
  const { range, tried } = rangeOf(filter);
  const way = { key: '_id', order: -1, range } as const;
  const byState = state !== undefined && { state };
  const byTrigger = trigger !== undefined && { trigger };
  if (taskId !== undefined) {
    return { ...way, hint: 'task', along: { organization, taskId }, tried: { ...tried, ...byState, ...byTrigger } };
  }
  if (state !== undefined && state !== 'succeeded' && isFinished(state)) {
    return { ...way, hint: 'state', along: { organization, state }, tried: { ...tried, ...byTrigger } };
  }
  if (trigger !== undefined && trigger !== 'schedule') {
    return { ...way, hint: 'asked', along: { organization, trigger }, tried: { ...tried, ...byState } };
  }
  return { ...way, hint: 'list', along: { organization }, tried: { ...tried, ...byState, ...byTrigger } };
}

/** All unfinished runs that a filter may let through, where they are few; null where they are many. */
export async function fewUnfinished(
  runs: mongo.Collection<RunDocument>,
  organization: string,
  filter: RunFilter,
): Promise<Walk<string> | null> {
  const { taskId, state, trigger } = filter;
  if (state === undefined || isFinished(state)) return null;
  const all = { ...UNFINISHED, ...(taskId !== undefined && { taskId }) };
  if ((await runs.countDocuments(all, { limit: FEW + 1 })) > FEW) return null;
  const { range, tried } = rangeOf(filter);
  const along = { ...all, organization, state, ...tried, ...(trigger !== undefined && { trigger }) };
  return { key: '_id', order: -1, range, hint: taskId === undefined ? 'holder' : 'unfinished', along, tried: {} };
}
