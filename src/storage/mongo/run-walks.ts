import type { mongo } from 'mongoose';
import { firstIdAt } from '../../domain/ids.js';
import { FAILED_STATES, isFinished } from '../../domain/run.js';
import type { RunFilter } from '../../scheduling/ports/run.reads.js';
import type { Walk } from './look.js';
import { searchOf } from './run-search.js';
import { LIGHT, type RunDocument, UNFINISHED } from './run.document.js';

/** Up to this number of unfinished runs, all of them are read and the matching ones sorted. */
const FEW = 5000;

/** Run ids start with the nominal time; they cannot represent instants before 1970. */
function rangeOf({ from, to, by = 'scheduledFor' }: RunFilter): {
  range: NonNullable<Walk<string>['range']>;
  tried: mongo.Document;
} {
  if (by !== 'scheduledFor') return { range: {}, tried: {} };
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

const orderOf = ({ oldestFirst = false }: RunFilter): 1 | -1 => (oldestFirst ? 1 : -1);

/** The walk to the runs that match a filter, along the member that leaves the fewest runs to test. */
export function walkTo(organization: string, filter: RunFilter): Walk<string> {
  const { taskId, state, trigger } = filter;
  const { range, tried: early } = rangeOf(filter);
  const { tried: sought, ...paced } = searchOf(filter);
  const tried = { ...early, ...sought };
  const way = { ...paced, key: '_id', order: orderOf(filter), range, projection: LIGHT } as const;
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

/** The walks to the runs that failed or timed out, with what `readableFailure` needs: one for each state, as the index of states serves. */
export function failureWalks(
  organization: string,
  { taskId, ...time }: Pick<RunFilter, 'taskId' | 'from' | 'to'>,
): Walk<string>[] {
  const way = { key: '_id', order: -1, range: rangeOf(time).range, projection: FAILURE } as const;
  if (taskId === undefined)
    return FAILED_STATES.map((state) => ({ ...way, hint: 'state', along: { organization, state }, tried: {} }));
  return [{ ...way, hint: 'task', along: { organization, taskId }, tried: { state: { $in: [...FAILED_STATES] } } }];
}

const FAILURE = { taskId: 1, scheduledFor: 1, finishedAt: 1, state: 1, reason: 1, attempts: 1 } as const;

/** All unfinished runs that may match a filter, if they are few; null if they are many. */
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
  const sought = searchOf(filter).tried;
  const along = { ...all, organization, state, ...tried, ...sought, ...(trigger !== undefined && { trigger }) };
  return {
    key: '_id',
    order: orderOf(filter),
    range,
    projection: LIGHT,
    hint: taskId === undefined ? 'holder' : 'unfinishedByHolder',
    along,
    tried: {},
  };
}
