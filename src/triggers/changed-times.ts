import type { CronTrigger, RruleTrigger, Trigger } from '../domain/trigger.js';
import type { Timetable, TriggerContext } from './trigger-type.js';
import { cronTriggerType, firesByClock } from './types/cron.trigger.js';
import { followsElapsedTime, rruleTriggerType } from './types/rrule.trigger.js';
import type { Zone } from './zone.js';

/** How many times of two hours are compared, besides their number. */
const MOST_COMPARED = 60;

/** An instant (epoch ms) at which the clocks of a zone change; offsets are local time minus UTC, in ms. */
export interface ClockChange {
  at: number;
  before: number;
  after: number;
}

/** A local time (as if it were UTC, epoch ms) that a change leaves out or repeats, and when it fires all the same. */
export interface ChangedTime {
  local: number;
  /** The instants that this time stands for, or stood for if the clocks had not changed. */
  meant: number[];
  fires: number[];
}

/** A trigger whose local times clock changes concern. */
export type ZonedTrigger = CronTrigger | RruleTrigger;

export const isZoned = (trigger: Trigger): trigger is ZonedTrigger =>
  trigger.type === 'cron' || trigger.type === 'rrule';

/** The time zone in which a trigger is read. */
export const zoneNameOf = (trigger: ZonedTrigger): string =>
  trigger.type === 'cron' ? trigger.timeZone : rruleTriggerType.timeZone!(trigger);

/** The changes of a zone's clocks after `from` and before `until` (epoch ms), soonest first. */
export function clockChangesOf(zone: Zone, from: number, until: number): ClockChange[] {
  const changes: ClockChange[] = [];
  for (let at = zone.segmentAt(from).end; at < until; at = zone.segmentAt(at).end) {
    const { before, offset } = zone.segmentAt(at);
    // Stretches also end with the year.
    if (before !== offset && at > from) changes.push({ at, before, after: offset });
  }
  return changes;
}

/**
 * The times of a trigger that a change of its zone's clocks leaves out or repeats, in order. None where the trigger goes
 * on as if nothing had happened: one that counts elapsed time, or an hourly one. @throws TriggerFault
 */
export const changedTimes = (
  trigger: ZonedTrigger,
  context: TriggerContext,
  change: ClockChange,
): Generator<ChangedTime, void> =>
  trigger.type === 'cron' ? ofCron(trigger, context, change) : ofRule(trigger, context, change);

function* ofCron(trigger: CronTrigger, context: TriggerContext, change: ClockChange): Generator<ChangedTime, void> {
  const { at, before, after } = change;
  // Read in UTC, an expression gives the local times of any zone.
  const clock = cronTriggerType.timetable({ type: 'cron', expression: trigger.expression, timeZone: 'UTC' }, context)!;
  const table = cronTriggerType.timetable(trigger, context)!;
  const [from, to] = [at + Math.min(before, after), at + Math.max(before, after)];
  const hasTurns = firesByClock(trigger, context);
  if (hasTurns && isAlike(clock, from, to)) return;
  const atOnce = !hasTurns && (trigger.dst?.gap ?? 'next') === 'next';
  for (let next = clock.next(from - 1); next && next.at < to; next = clock.next(next.at)) {
    const local = next.at;
    if (after < before) {
      const meant = [local - before, local - after];
      yield { local, meant, fires: meant.filter((instant) => isMade(table, instant)) };
    } else {
      const meant = [local - before];
      yield { local, meant, fires: (atOnce ? [at] : meant).filter((instant) => isMade(table, instant, true)) };
    }
  }
}

/** A rule moves the times of a gap by its length and takes the first pass of repeated ones (RFC 5545 §3.3.5). */
function* ofRule(trigger: RruleTrigger, context: TriggerContext, change: ClockChange): Generator<ChangedTime, void> {
  if (followsElapsedTime(trigger)) return;
  const { at, before, after } = change;
  const isGap = after > before;
  const table = rruleTriggerType.timetable(trigger, context)!;
  const [from, to] = isGap ? [at, at + after - before] : [at + after - before, at];
  for (let next = table.next(from - 1); next && next.at < to; next = table.next(next.at)) {
    const local = next.at + before;
    if (!isGap) yield { local, meant: [next.at, local - after], fires: [next.at] };
    else if (next.shifted === true) yield { local, meant: [next.at], fires: [next.at] };
  }
}

/** Whether a timetable has an occurrence at this instant, one that a gap moved there if so asked. */
function isMade(table: Timetable, instant: number, moved = false): boolean {
  const next = table.next(instant - 1);
  return next?.at === instant && (!moved || next.shifted === true);
}

/** Whether the times in [from, to) are those of the stretch behind it, so that nobody notices its loss or return. */
function isAlike(clock: Timetable, from: number, to: number): boolean {
  const length = to - from;
  if (clock.count(from - 1, to - 1) !== clock.count(to - 1, to + length - 1)) return false;
  let next = clock.next(from - 1);
  for (let looked = 0; next && next.at < to && looked < MOST_COMPARED; looked++) {
    if (!isMade(clock, next.at + length)) return false;
    next = clock.next(next.at);
  }
  return true;
}
