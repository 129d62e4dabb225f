import type { ReceivedEvent } from '../../domain/event.js';
import type { EventTrigger } from '../../domain/trigger.js';
import type { EventWindow, ThrottledStart } from './event-window.js';
import type { Step } from './step.js';

type Throttle = NonNullable<EventTrigger['throttle']>;

/** How long starts are remembered that no longer count, should the dispatch of their events be repeated (ms). */
export const THROTTLE_LINGER_MS = 30_000;
/** How many of these. */
const MOST_LINGERING = 200;

/**
 * Lets the event start a run unless a stretch of time that it is in has had so many. What comes late or twice is judged by
 * when it was received, so that the answer does not depend on when that is done.
 */
export function throttled(window: EventWindow, { count, perMs }: Throttle, { id, receivedAt }: ReceivedEvent): Step {
  const { starts } = window;
  const ends = [receivedAt, ...starts.flatMap(({ at }) => (at > receivedAt && at < receivedAt + perMs ? [at] : []))];
  if (ends.some((end) => startsIn(starts, end - perMs, end) >= count))
    return { window, verdict: { what: 'left', reason: 'throttled' } };
  const after = [...starts, { id, at: receivedAt }].sort((a, b) => a.at - b.at);
  const newest = after.at(-1)!.at;
  return { window: { ...window, starts: remembered(after, perMs, newest) }, verdict: { what: 'start' } };
}

/** How many starts lie after `after` and not after `until`; they are in order. */
const startsIn = (starts: readonly ThrottledStart[], after: number, until: number): number =>
  placeAfter(starts, until) - placeAfter(starts, after);

/** The place of the first start after the instant. */
function placeAfter(starts: readonly ThrottledStart[], instant: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]!.at > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}

const remembered = (starts: readonly ThrottledStart[], perMs: number, now: number): ThrottledStart[] =>
  starts.filter(
    ({ at }, place) =>
      at > now - perMs || (at > now - perMs - THROTTLE_LINGER_MS && place >= starts.length - MOST_LINGERING),
  );

/** The window without starts that no longer count at this instant (epoch ms). */
export const withoutOldStarts = (window: EventWindow, { perMs }: Throttle, now: number): EventWindow => ({
  ...window,
  starts: remembered(window.starts, perMs, now),
});
