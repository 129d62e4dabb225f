import type { ReceivedEvent } from '../../domain/event.js';
import type { EventTrigger } from '../../domain/trigger.js';
import type { EventWindow, WaitingEvent } from './event-window.js';
import { endedWith, left, newestOf, oldestOf, withEvent } from './window-contents.js';
import type { Step } from './step.js';

type All = NonNullable<EventTrigger['all']>;

/**
 * How long after its time an event is given up (ms): another one that was received in time may have had to wait for its
 * dispatch.
 */
export const JOIN_GRACE_MS = 10_000;

/**
 * Puts the event into its place. The newest event of a kind holds the place; those that are too far apart do not count
 * together, and the older ones are given up.
 */
export function joined(
  window: EventWindow,
  { events: kinds, withinMs }: All,
  event: ReceivedEvent,
  fits: readonly number[],
): Step {
  const held = window.gathering?.events ?? [];
  const newest = Math.max(newestOf(held), event.receivedAt);
  const isOver = ({ receivedAt }: ReceivedEvent) => newest - receivedAt >= withinMs;
  const over = held.filter(isOver);
  const still = held.filter((each) => !isOver(each));
  if (isOver(event)) return through(window, event, 'expired');
  const kind = fits.find((each) => still.every((other) => other.kind !== each)) ?? fits[0]!;
  const rival = still.find((other) => other.kind === kind);
  if (rival && rival.receivedAt > event.receivedAt) return through(window, event, 'replaced');
  const spent = [...window.spent, ...left(over, 'expired'), ...left(rival ? [rival] : [], 'replaced')];
  const others = still.filter((other) => other !== rival);
  const events = withEvent(others, { kind, ...event });
  if (events.length === kinds.length) {
    const complete = endedWith({ ...window, spent }, events, newest);
    return { window: complete, verdict: { what: 'started', runId: complete.ended.at(-1)!.runId } };
  }
  const endsAt = oldestOf(events) + withinMs;
  return { window: { ...window, spent, gathering: { events, endsAt } }, verdict: { what: 'waits', until: endsAt } };
}

const through = (window: EventWindow, event: ReceivedEvent, reason: 'expired' | 'replaced'): Step => ({
  window: { ...window, spent: [...window.spent, ...left([event], reason)] },
  verdict: { what: 'left', reason },
});

/** The window at this instant (epoch ms): events that have waited too long are given up. */
export function lapsed(window: EventWindow, { withinMs }: All, now: number): EventWindow {
  const held = window.gathering?.events ?? [];
  const isOver = ({ receivedAt }: WaitingEvent) => receivedAt + withinMs + JOIN_GRACE_MS <= now;
  const over = held.filter(isOver);
  if (over.length === 0) return window;
  const events = held.filter((each) => !isOver(each));
  const gathering = events.length > 0 ? { events, endsAt: oldestOf(events) + withinMs } : null;
  return { ...window, gathering, spent: [...window.spent, ...left(over, 'expired')] };
}
