import type { GatheredEvent, ReceivedEvent } from '../../domain/event.js';
import { derivedId } from '../../domain/ids.js';
import { jsonSize } from '../../domain/json-size.js';
import type { EndedGathering, EventWindow, LeavingReason, SpentEvent, WaitingEvent } from './event-window.js';

/** How many bytes of data a window holds, beyond those of its newest event. */
const MOST_BYTES = 65_536;

/** What a window is before anything has come to it. */
export const emptyWindow = (
  of: Pick<EventWindow, 'id' | 'organization' | 'taskId' | 'trigger' | 'key'>,
): EventWindow => ({ ...of, version: '', dueAt: 0, gathering: null, ended: [], spent: [], starts: [] });

/** Whether nothing has to be known of the window any more. */
export const isEmpty = ({ gathering, ended, spent, starts }: EventWindow): boolean =>
  gathering === null && ended.length + spent.length + starts.length === 0;

export const newestOf = (events: readonly WaitingEvent[]): number =>
  events.reduce((newest, { receivedAt }) => Math.max(newest, receivedAt), Number.NEGATIVE_INFINITY);
export const oldestOf = (events: readonly WaitingEvent[]): number =>
  events.reduce((oldest, { receivedAt }) => Math.min(oldest, receivedAt), Number.POSITIVE_INFINITY);

/** The events with another one; the latest that came keep their data, as far as there is room. */
export function withEvent(events: readonly WaitingEvent[], added: WaitingEvent): WaitingEvent[] {
  let room = MOST_BYTES;
  const kept = events.toReversed().map((event): WaitingEvent => {
    if (event.isCut) return event;
    room -= event.bytes ?? 0;
    if (room >= 0) return event;
    const { bytes: _, ...rest } = event;
    return { ...rest, data: null, isCut: true };
  });
  return [...kept.reverse(), { bytes: jsonSize(added.data), ...added }];
}

/** The window once what it gathers has ended: it gets a run, whose id derives from the first event. */
export function endedWith(window: EventWindow, events: readonly WaitingEvent[], scheduledFor: number): EventWindow {
  const runId = derivedId(scheduledFor, 'window-run', window.id, events[0]!.id);
  const gathering: EndedGathering = { runId, scheduledFor, events: [...events] };
  return { ...window, gathering: null, ended: [...window.ended, gathering] };
}

/** The window without these events, which are through for this reason; it remembers them. */
export const left = (events: readonly { id: string }[], reason: LeavingReason): SpentEvent[] =>
  events.map(({ id }) => ({ id, reason }));

/** The window after it is known that these runs are stored. */
export const started = (window: EventWindow, runs: ReadonlySet<string>): EventWindow => ({
  ...window,
  ended: window.ended.filter(({ runId }) => !runs.has(runId)),
  spent: [
    ...window.spent,
    ...window.ended
      .filter(({ runId }) => runs.has(runId))
      .flatMap(({ runId, events }) => events.map(({ id }) => ({ id, runId }))),
  ],
});

/** The window without what it remembers of these events, which nobody will hand to it again. */
export const forgetting = (window: EventWindow, ids: ReadonlySet<string>): EventWindow => ({
  ...window,
  spent: window.spent.filter(({ id }) => !ids.has(id)),
});

/** The window after its trigger is no more: nothing of it starts a run. */
export const abandoned = (window: EventWindow): EventWindow => ({
  ...window,
  gathering: null,
  ended: [],
  spent: [
    ...window.spent,
    ...left([...window.ended.flatMap(({ events }) => events), ...(window.gathering?.events ?? [])], 'changed'),
  ],
  starts: [],
});

/** The event of a window's run: the newest one, with all that came before it. */
export function eventOfRun({ events }: EndedGathering): ReceivedEvent {
  const inOrder = [...events].sort((a, b) => a.receivedAt - b.receivedAt);
  const { kind: _, isCut: __, bytes: ___, ...newest } = inOrder.pop()!;
  const shares = events.flatMap(({ descendants }) => descendants ?? []);
  return {
    ...newest,
    ...(shares.length > 0 && { descendants: Math.min(...shares) }),
    ...(inOrder.length > 0 && { together: inOrder.map(gathered) }),
  };
}

const gathered = ({ id, type, data, receivedAt, isCut, trace }: WaitingEvent): GatheredEvent => ({
  ...{ id, type, data, receivedAt },
  ...(isCut && { isCut }),
  ...(trace && { trace }),
});
