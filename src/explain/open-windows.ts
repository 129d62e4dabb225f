import { toIso } from '../domain/instants.js';
import type { Task } from '../domain/task.js';
import type { EventTrigger } from '../domain/trigger.js';
import type { EventWindow, Gathering } from '../events/windows/event-window.js';
import { standingOf } from '../events/windows/standing.js';
import type { Cause, Evidence, Story } from './explanation.js';
import { duration } from './words.js';
import { counted } from '../domain/counted.js';

/** What a trigger for events of the task holds now: events that wait for a run, or runs that let no further one start. */
export interface OpenWindow {
  trigger: EventTrigger;
  /** The value that the events share, as JSON. */
  key: string | null;
  /** Null where it holds runs alone. */
  gathering: Gathering | null;
  /** How many runs have started within the time of the throttle. */
  starts: number;
  /** When it ends, unless events change that (epoch ms). */
  until: number;
  /** Whether a pause of the task holds it. */
  isHeld: boolean;
}

/** Those of the task's windows that are open now, the next to end first. */
export const openAmong = (windows: readonly EventWindow[], task: Task, now: number): OpenWindow[] =>
  windows.flatMap((window) => opened(window, task, now) ?? []).sort((a, b) => a.until - b.until);

function opened(window: EventWindow, task: Task, now: number): OpenWindow | null {
  const standing = standingOf(window, task);
  if (standing.is !== 'active' && standing.is !== 'held') return null;
  const { trigger } = standing;
  const { key, gathering } = window;
  const of = { trigger, key, isHeld: standing.is === 'held' };
  if (gathering) return { ...of, gathering, starts: 0, until: gathering.endsAt };
  if (!trigger.throttle) return null;
  const { count, perMs } = trigger.throttle;
  const starts = window.starts.filter(({ at }) => at > now - perMs);
  if (starts.length < count) return null;
  return { ...of, gathering: null, starts: starts.length, until: starts.at(-count)!.at + perMs };
}

/** The story of a window that is open. */
export function windowStory(window: OpenWindow): Story {
  const { words, ...cause } = causeOf(window);
  const ofKey = window.key === null ? '' : `, for the key ${window.key}`;
  const held = window.isHeld ? ' The pause of the task holds it.' : '';
  // What waits for all of its events may get no run, and what a throttle leaves out gets none.
  const isToCome = window.gathering !== null && !window.trigger.all;
  return { outcome: isToCome ? 'upcoming' : 'none', ...cause, sentence: `${words}${ofKey}.${held}`, evidence: [] };
}

export const ofWindow = (window: OpenWindow): Evidence => ({
  type: 'window',
  detail: windowStory(window).sentence,
  data: {
    ...{ key: window.key, until: toIso(window.until), held: window.isHeld, starts: window.starts },
    events: (window.gathering?.events ?? []).slice(-MOST_SHOWN).map(({ id }) => id),
    waiting: window.gathering?.events.length ?? 0,
  },
});
const MOST_SHOWN = 10;

function causeOf({ trigger, gathering, starts, until }: OpenWindow): Cause {
  const { throttle, all } = trigger;
  if (!gathering)
    return {
      code: 'throttled',
      reason: `throttle: ${starts} runs in ${duration(throttle!.perMs)}`,
      words: `${counted(starts, 'run has', 'runs have')} started within ${duration(throttle!.perMs)}, and no more may: events start none until ${toIso(until)}`,
      advice: 'A higher count, or a shorter perMs, lets more of them start.',
    };
  const waiting = gathering.events.length;
  const reason = `${counted(waiting, 'event waits', 'events wait')} in a window`;
  if (all) return { code: 'gathering', reason, ...incomplete(all, gathering, until) };
  return { code: 'gathering', reason, words: `${reason}${endInWords(trigger, until)}`, advice: null };
}

function incomplete(
  all: NonNullable<EventTrigger['all']>,
  { events }: Gathering,
  until: number,
): Pick<Cause, 'words' | 'advice'> {
  const come = new Set(events.map(({ kind }) => kind));
  const named = (isThere: boolean) =>
    all.events.flatMap(({ event }, place) => (come.has(place) === isThere ? [`"${event}"`] : [])).join(' and ');
  return {
    words: `Of the events that start a run together ${named(true)} has come; it waits for ${named(false)} until ${toIso(until)}`,
    advice: 'What has not come by then ends it without a run. A longer withinMs lets it wait for longer.',
  };
}

/** When the window of a debounce or a batch ends. */
function endInWords({ debounce, batch }: EventTrigger, until: number): string {
  if (debounce) return `: the run starts once none has come for ${duration(debounce.quietMs)}, now at ${toIso(until)}`;
  return `: the run starts with ${batch!.maxSize} of them, at ${toIso(until)} at the latest`;
}
