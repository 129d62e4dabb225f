import type { mongo } from 'mongoose';
import type { RunFilter } from '../../scheduling/ports/run.reads.js';
import { literal } from './literal.js';

type Condition = mongo.Document;

/** How many documents one step checks whose attempts have to be looked into. */
const STEP = 500;

/** Matches a text whose letters a to z may be in any case; a `i` would also fold what SQLite does not. */
const inAnyCase = (text: string): string =>
  literal(text).replace(/(\\x00)|[a-z]/gi, (found, end?: string) =>
    end === undefined ? `[${found.toLowerCase()}${found.toUpperCase()}]` : end,
  );

/** A member of the last attempt's error; nothing where there is none, whatever the record is. */
const ofLastError = (member: 'code' | 'message'): Condition => ({
  $let: {
    vars: { last: { $arrayElemAt: [{ $cond: [{ $isArray: '$attempts' }, '$attempts', []] }, -1] } },
    in: `$$last.error.${member}`,
  },
});

const textOr = (value: Condition, other: string): Condition => ({
  $let: { vars: { value }, in: { $cond: [{ $eq: [{ $type: '$$value' }, 'string'] }, '$$value', other] } },
});

const isNumber = (field: string): Condition => ({ $in: [{ $type: field }, ['int', 'long', 'double']] });

/** What a document is tested with beyond its indexed members, and how many of them in a step where that costs. */
export function searchOf(filter: RunFilter): { tried: Condition; step?: number } {
  const { code, text } = filter;
  const conditions = [...ofRange(filter), ...ofMembers(filter)];
  if (code !== undefined) conditions.push(...ofCode(code));
  if (text !== undefined) conditions.push(ofText(inAnyCase(text)));
  const tried = conditions.length === 0 ? {} : { $and: conditions };
  return code !== undefined || text !== undefined || filter.instance !== undefined ? { tried, step: STEP } : { tried };
}

function ofRange({ by = 'scheduledFor', from, to }: RunFilter): Condition[] {
  if (by === 'scheduledFor' || (from === undefined && to === undefined)) return [];
  return [{ [by]: { ...(from !== undefined && { $gte: from }), ...(to !== undefined && { $lt: to }) } }];
}

function ofMembers(filter: RunFilter): Condition[] {
  const { taskIds, eventId, retryOf, instance, minLatenessMs, minDurationMs } = filter;
  const tookMs = { $subtract: ['$finishedAt', '$startedAt'] };
  const hasRun = { $and: [isNumber('$startedAt'), isNumber('$finishedAt')] };
  return [
    taskIds && { taskId: { $in: taskIds } },
    eventId !== undefined && { 'event.id': eventId },
    retryOf !== undefined && { retryOf },
    instance !== undefined && { $or: [{ owner: instance }, { 'attempts.instance': instance }] },
    minLatenessMs !== undefined && { latenessMs: { $gte: minLatenessMs } },
    minDurationMs !== undefined && { $expr: { $gte: [{ $cond: [hasRun, tookMs, -1] }, minDurationMs] } },
  ].filter((condition) => typeof condition === 'object');
}

/** Which attempt it was of is looked at only where one had it. */
const ofCode = (code: string): Condition[] => [
  { 'attempts.error.code': code },
  { $expr: { $eq: [ofLastError('code'), { $literal: code }] } },
];

function ofText(regex: string): Condition {
  const input = textOr(ofLastError('message'), '');
  const inLast = { $expr: { $regexMatch: { input, regex: { $literal: regex } } } };
  return { $or: [{ reason: { $regex: regex } }, { $and: [{ 'attempts.error.message': { $regex: regex } }, inLast] }] };
}
