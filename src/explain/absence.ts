import { toIso } from '../domain/instants.js';
import { skipInWords, type Skip } from '../domain/skip.js';
import type { Task } from '../domain/task.js';
import { endInWords, isEnd } from '../domain/chain.js';
import { awaitedBy } from '../domain/event.js';
import { runsLeft } from '../scheduling/planning/claim-planner.js';
import type { Cause, Story } from './explanation.js';
import type { Tables } from './nearest.js';

/** What to change for occurrences that a calendar excluded, or coalesced into a later one. */
export const CALENDAR_ADVICE = {
  skipped: 'A change of the calendar, or the mode "shift" for it, lets it run.',
  coalesced: 'A change of the calendar gives it a run of its own.',
} as const;

const END = 'Nothing but a change of the task lets it go on.';

/** The story of an instant (epoch ms) that has neither a run nor a ledger entry. */
export function absentStory(at: number, { words, ...cause }: Cause, now: number): Story {
  const verb = at > now ? 'Nothing will run' : 'Nothing ran';
  return { outcome: 'none', ...cause, sentence: `${verb} at ${toIso(at)}: ${words}.`, evidence: [] };
}

/** The story of a task without any occurrence. */
export const emptyStory = ({ words, ...cause }: Cause): Story => ({
  outcome: 'none',
  ...cause,
  sentence: `There is no occurrence to tell of: ${words}.`,
  evidence: [],
});

/** Why nothing ran or will run at an instant (epoch ms) that the task's triggers name. */
export function absenceAt(at: number, task: Task, { full }: Tables, now: number): Cause {
  const { startAt, endAt } = task.definition;
  if (at < task.createdAt) return tooEarly('the task was created', task.createdAt);
  if (startAt !== undefined && at < Date.parse(startAt))
    return outside(`before startAt (${startAt})`, 'an earlier startAt');
  if (endAt !== undefined && at >= Date.parse(endAt)) return outside(`not before endAt (${endAt})`, 'a later endAt');
  if (at > now && task.state === 'paused') return paused(task);
  const skip = at > now ? full.skipped?.(at - 1, at)[0] : undefined;
  if (skip) return skippedBy(skip);
  const leftOut = at > now ? full.leftOut?.(at - 1, at)[0] : undefined;
  if (leftOut) {
    const isCoalesced = leftOut.outcome === 'coalesced';
    return {
      code: 'calendar',
      reason: `calendar ${leftOut.calendar}`,
      words: `the calendar "${leftOut.calendar}" ${isCoalesced ? 'leaves it to a later occurrence' : 'leaves it out'}`,
      advice: isCoalesced ? CALENDAR_ADVICE.coalesced : CALENDAR_ADVICE.skipped,
    };
  }
  if (task.definition.maxRuns !== undefined && (runsLeft(task) <= 0 || at > now)) return used(task);
  if (at > now) return noneToCome(task);
  if (at <= task.since) return tooEarly('the triggers, as they are now, were set or resumed', task.since);
  return {
    code: 'not-kept',
    reason: 'no record is kept',
    words: 'its record was removed, because old runs are not kept',
    advice: 'A longer RUN_RETENTION_DAYS keeps records for longer.',
  };
}

/** Why a task has no occurrence to explain. */
export function noneToCome(task: Task): Cause {
  if (task.state === 'paused') return paused(task);
  if (task.definition.maxRuns !== undefined && runsLeft(task) <= 0) return used(task);
  if (isDrivenByTime(task)) {
    const completed = task.state === 'completed' ? 'the task is completed' : 'nothing is to come';
    return {
      code: 'completed',
      reason: completed,
      words: `${completed}: its triggers have no instants left`,
      advice: END,
    };
  }
  const awaited = task.definition.triggers.flatMap((trigger) => awaitedBy(trigger));
  const ends = awaited.flatMap((each) => endInWords(each) ?? []);
  const events = awaited.flatMap(({ event }) => (isEnd(event) ? [] : `"${event}"`));
  const ways = [
    'when it is asked to',
    ...(events.length > 0 ? [`with an event ${[...new Set(events)].join(' or ')}`] : []),
    ...(ends.length > 0 ? [`by the end of a run, ${[...new Set(ends)].join(' or ')}`] : []),
  ];
  return {
    code: 'no-trigger',
    reason: 'no trigger is due',
    words: 'none of its triggers goes by time',
    advice: `It starts ${ways.join(', and ')}.`,
  };
}

/** Why an instance cannot tell when a task is due. */
export const unregistered = (types: readonly string[]): Cause => ({
  code: 'unknown-trigger',
  reason: `unknown trigger type ${types.join(', ')}`,
  words: `no trigger of the type ${types.map((type) => `"${type}"`).join(' or ')} is registered on this instance`,
  advice: 'An instance on which it is registered can go on with the task.',
});

/** Why an instance sets a task aside that it cannot compute something for. */
export const setAside = (fault: string): Cause => ({
  code: 'set-aside',
  reason: `set aside: ${fault}`,
  words: `the task is set aside, because it cannot be worked out (${fault})`,
  advice: 'It goes on by itself: the runner tries it again at growing intervals, and at once when the task is changed.',
});

const tooEarly = (what: string, since: number): Cause => ({
  code: 'before',
  reason: `${what} only at ${toIso(since)}`,
  words: `${what} only at ${toIso(since)}`,
  advice: 'Instants before that are no occurrences.',
});

const outside = (where: string, what: string): Cause => ({
  code: 'window',
  reason: `outside of the task's window: ${where}`,
  words: `it lies outside of the task's window, ${where}`,
  advice: `With ${what} it would be an occurrence.`,
});

const skippedBy = (skip: Skip): Cause => ({
  code: 'skipped',
  reason: skipInWords(skip),
  words: `${skip.by} has skipped it: ${skip.reason}`,
  advice: 'Taken back before it is due, it runs.',
});

const paused = ({ pausedReason, pausedUntil }: Task): Cause => ({
  code: 'paused',
  reason: `the task is paused: ${pausedReason}`,
  words: `the task is paused (${pausedReason})${pausedUntil === null ? '' : ` until ${toIso(pausedUntil)}`}`,
  advice: 'It goes on when it is resumed.',
});

const used = ({ definition: { maxRuns } }: Task): Cause => ({
  code: 'max-runs',
  reason: `maxRuns: all ${maxRuns} are used or promised to earlier occurrences`,
  words: `maxRuns is ${maxRuns}, and earlier occurrences use that up`,
  advice: 'A higher maxRuns lets it go on.',
});

const isDrivenByTime = ({ definition }: Task): boolean =>
  definition.triggers.some(({ type }) => type !== 'event' && type !== 'manual');
