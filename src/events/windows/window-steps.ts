import { MOST_GATHERED, type EventTrigger } from '../../domain/trigger.js';
import type { ReceivedEvent } from '../../domain/event.js';
import type { Verdict } from '../trigger-conditions.js';
import type { EventWindow, WaitingEvent } from './event-window.js';
import type { Step } from './step.js';
import { joined, lapsed, JOIN_GRACE_MS } from './joining.js';
import { throttled, THROTTLE_LINGER_MS, withoutOldStarts } from './throttling.js';
import { endedWith, newestOf, oldestOf, withEvent } from './window-contents.js';

/** How many ended windows wait for their runs: beyond that nothing more comes in until one of these is stored. */
const MOST_ENDED = 20;
/** How long after it was told what became of events it is looked whether they are known for dispatched (ms). */
const SETTLE_MS = 1000;

/** An event that comes to a window, and which of the events of an `all` it may stand for. */
export interface Arrival {
  event: ReceivedEvent;
  kinds: readonly number[];
}

/** What becomes of an event that comes to the window; one that was there before changes nothing. */
export function placed(window: EventWindow, trigger: EventTrigger, { event, kinds }: Arrival): Step {
  const known = verdictOfKnown(window, event.id);
  if (known) return { window, verdict: known };
  if (trigger.throttle) return throttled(window, trigger.throttle, event);
  if (window.ended.length >= MOST_ENDED) return { window, verdict: { what: 'left', reason: 'windows' } };
  if (trigger.all) return joined(window, trigger.all, event, kinds);
  return gathered(window, trigger, event);
}

function verdictOfKnown({ gathering, ended: past, spent, starts }: EventWindow, eventId: string): Verdict | null {
  const isIt = ({ id }: { id: string }) => id === eventId;
  if (starts.some(isIt)) return { what: 'start' };
  if (gathering?.events.some(isIt)) return { what: 'waits', until: gathering.endsAt };
  const run = past.find(({ events }) => events.some(isIt));
  if (run) return { what: 'started', runId: run.runId };
  const through = spent.find(isIt);
  if (!through) return null;
  if ('runId' in through) return { what: 'started', runId: through.runId };
  return { what: 'left', reason: through.reason };
}

/** Adds the event to what is gathered, which ends by the times of its events alone, whenever they are handled. */
function gathered(before: EventWindow, trigger: EventTrigger, event: ReceivedEvent): Step {
  const { gathering } = before;
  const isOver = gathering !== null && gathering.endsAt <= event.receivedAt;
  const window = isOver ? endedWith(before, gathering.events, gathering.endsAt) : before;
  const events: WaitingEvent[] = withEvent(window.gathering?.events ?? [], event);
  if (events.length >= (trigger.batch?.maxSize ?? MOST_GATHERED)) {
    const full = endedWith(window, events, newestOf(events));
    return { window: full, verdict: { what: 'started', runId: full.ended.at(-1)!.runId } };
  }
  const endsAt = endOf(trigger, events);
  return { window: { ...window, gathering: { events, endsAt } }, verdict: { what: 'waits', until: endsAt } };
}

function endOf({ debounce, batch }: EventTrigger, events: readonly WaitingEvent[]): number {
  if (!debounce) return oldestOf(events) + batch!.maxMs;
  return Math.min(newestOf(events) + debounce.quietMs, oldestOf(events) + longestWait(debounce));
}

const LONGEST_WAIT_MS = 7 * 86_400_000;

/** How long the first event of a debounce waits at the most (ms). */
export const longestWait = ({ quietMs, maxMs }: NonNullable<EventTrigger['debounce']>): number =>
  maxMs ?? Math.min(quietMs * 10, LONGEST_WAIT_MS);

/** The window at this instant (epoch ms): what is over has ended. */
export function lookedAt(window: EventWindow, trigger: EventTrigger, now: number): EventWindow {
  if (trigger.throttle) return withoutOldStarts(window, trigger.throttle, now);
  if (trigger.all) return lapsed(window, trigger.all, now);
  const { gathering } = window;
  return gathering && gathering.endsAt <= now ? endedWith(window, gathering.events, gathering.endsAt) : window;
}

/** When something is to be done about the window next (epoch ms). */
export function dueAtOf(
  { gathering, ended: past, spent, starts }: EventWindow,
  trigger: EventTrigger,
  now: number,
): number {
  if (past.length > 0) return Math.min(now, ...past.map(({ scheduledFor }) => scheduledFor));
  const end = gathering ? gathering.endsAt + (trigger.all ? JOIN_GRACE_MS : 0) : Number.POSITIVE_INFINITY;
  const settled = spent.length > 0 ? now + SETTLE_MS : Number.POSITIVE_INFINITY;
  const newest = starts.at(-1);
  const over = newest ? newest.at + (trigger.throttle?.perMs ?? 0) + THROTTLE_LINGER_MS : Number.POSITIVE_INFINITY;
  return Math.min(end, settled, over);
}
