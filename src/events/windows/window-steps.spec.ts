import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ReceivedEvent } from '../../domain/event.js';
import { eventTriggerSchema, type EventTrigger } from '../../domain/trigger.js';
import type { EventWindow } from './event-window.js';
import { JOIN_GRACE_MS } from './joining.js';
import { abandoned, emptyWindow, eventOfRun, forgetting, isEmpty, started } from './window-contents.js';
import { dueAtOf, longestWait, lookedAt, placed } from './window-steps.js';

const EMPTY = emptyWindow({ id: 'w', organization: 'acme', taskId: 't', trigger: 'd', key: null });
const trigger = (fields: object): EventTrigger => eventTriggerSchema.parse({ type: 'event', event: 'a', ...fields });
const event = (n: number, receivedAt: number): ReceivedEvent => ({ id: `e-${n}`, type: 'a', data: { n }, receivedAt });

/** What is done to a window: an event comes, perhaps one that came before, or time passes and it is looked at. */
type Step = { wait: number; late: number; again: number | null; kind: number; looks: boolean };
const steps = fc.array(
  fc.record<Step>({
    wait: fc.integer({ min: 0, max: 40 }),
    late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 })),
    again: fc.option(fc.nat(20)),
    kind: fc.nat(2),
    looks: fc.boolean(),
  }),
  { maxLength: 60 },
);

/** A run that has started, and when it was found to. */
interface Fired {
  ids: string[];
  scheduledFor: number;
  at: number;
}

/** Does the steps, each look at the instant that was asked for, and gives back what has come of it. */
function played(given: EventTrigger, plan: readonly Step[]) {
  let window: EventWindow = EMPTY;
  let now = 1000;
  const fired: Fired[] = [];
  const known: { event: ReceivedEvent; kinds: number[] }[] = [];
  const reasons = new Map<string, string>();
  const fire = () => {
    for (const { events, scheduledFor } of window.ended)
      fired.push({ ids: events.map(({ id }) => id), scheduledFor, at: now });
    window = started(window, new Set(window.ended.map(({ runId }) => runId)));
  };
  const passTo = (until: number) => {
    for (;;) {
      const due = dueAtOf({ ...window, spent: [] }, given, now);
      if (due > until) break;
      now = Math.max(now, due);
      const before = window;
      window = lookedAt(window, given, now);
      fire();
      if (before === window && due <= now && window.starts.length === 0)
        throw new Error('it is due, and nothing to do');
      if (window.starts.length > 0 && due <= now) break;
    }
    now = until;
  };
  for (const { wait, late, again, kind, looks } of plan) {
    if (looks) passTo(now + wait);
    else now += wait;
    const repeated = again === null ? undefined : known[again];
    const arrival = repeated ?? { event: event(known.length, now - late), kinds: [kind] };
    const before = window;
    const step = placed(window, given, arrival);
    window = step.window;
    if (repeated) expect(window).toBe(before);
    else known.push(arrival);
    if (!repeated && step.verdict.what === 'left') reasons.set(arrival.event.id, step.verdict.reason);
    if (!repeated && step.verdict.what === 'start') fired.push({ ids: [arrival.event.id], scheduledFor: now, at: now });
    fire();
  }
  passTo(now + 10_000_000);
  for (const each of window.spent) if ('reason' in each) reasons.set(each.id, each.reason);
  return { fired, known, reasons, window };
}

const timeOf = (known: readonly { event: ReceivedEvent }[]) => {
  const times = new Map(known.map(({ event: { id, receivedAt } }) => [id, receivedAt]));
  return (id: string) => times.get(id)!;
};

describe('a window of an event trigger', () => {
  it.each([
    ['debounce', { debounce: { quietMs: 20, maxMs: 70 } }],
    ['debounce without a limit of its own', { debounce: { quietMs: 7 } }],
    ['batch', { batch: { maxSize: 4, maxMs: 50 } }],
    ['batch of one', { batch: { maxSize: 1, maxMs: 50 } }],
  ])('hands each event of a %s to exactly one run, whatever comes twice or late', (_, fields) => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { fired, known, reasons, window } = played(trigger(fields), plan);
        expect(fired.flatMap(({ ids }) => ids).sort()).toEqual(known.map(({ event: { id } }) => id).sort());
        expect(reasons.size).toBe(0);
        expect(window.gathering).toBeNull();
      }),
    );
  });

  it('starts a debounced run when it has been quiet, or at its limit, by the times of the events', () => {
    const given = trigger({ debounce: { quietMs: 20, maxMs: 70 } });
    fc.assert(
      fc.property(steps, (plan) => {
        const { fired, known } = played(given, plan);
        const at = timeOf(known);
        for (const { ids, scheduledFor } of fired) {
          const times = ids.map(at);
          expect(scheduledFor).toBe(Math.min(Math.max(...times) + 20, Math.min(...times) + 70));
        }
      }),
    );
  });

  it('starts a batch when it is full, or when its first event has waited long enough', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { fired, known } = played(trigger({ batch: { maxSize: 4, maxMs: 50 } }), plan);
        const at = timeOf(known);
        for (const { ids, scheduledFor } of fired) {
          const times = ids.map(at);
          expect(ids.length).toBeLessThanOrEqual(4);
          expect(scheduledFor).toBe(ids.length === 4 ? Math.max(...times) : Math.min(...times) + 50);
        }
      }),
    );
  });

  it('lets no stretch of time have more starts than a throttle allows, and tells all others', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { fired, known, reasons } = played(trigger({ throttle: { count: 3, perMs: 60 } }), plan);
        const times = fired.map(({ ids }) => timeOf(known)(ids[0]!));
        for (const end of times)
          expect(times.filter((each) => each <= end && each > end - 60).length).toBeLessThanOrEqual(3);
        for (const {
          event: { id },
        } of known)
          expect(fired.some(({ ids }) => ids[0] === id) || reasons.get(id) === 'throttled').toBe(true);
      }),
    );
  });

  it('joins the newest event of each kind, near enough to each other, and gives each one up once', () => {
    const all = { events: [{ event: 'a' }, { event: 'b' }, { event: 'c' }], withinMs: 60 };
    fc.assert(
      fc.property(steps, (plan) => {
        const { fired, known, reasons } = played(trigger({ event: undefined, all }), plan);
        const at = timeOf(known);
        const kind = new Map(known.map(({ event: { id }, kinds }) => [id, kinds[0]!]));
        for (const { ids, scheduledFor } of fired) {
          const times = ids.map(at);
          expect(new Set(ids.map((id) => kind.get(id)))).toEqual(new Set([0, 1, 2]));
          expect(Math.max(...times) - Math.min(...times)).toBeLessThan(60);
          expect(scheduledFor).toBe(Math.max(...times));
        }
        const used = fired.flatMap(({ ids }) => ids);
        expect([...used, ...reasons.keys()].sort()).toEqual(known.map(({ event: { id } }) => id).sort());
        expect(new Set(used).size).toBe(used.length);
        for (const reason of reasons.values()) expect(['replaced', 'expired']).toContain(reason);
      }),
    );
  });

  it('takes the place of an older event of its kind, and waits some time for one that is late', () => {
    const given = trigger({ event: undefined, all: { events: [{ event: 'a' }, { event: 'b' }], withinMs: 100 } });
    const first = placed(EMPTY, given, { event: event(1, 0), kinds: [0] });
    expect(first.verdict).toEqual({ what: 'waits', until: 100 });
    const second = placed(first.window, given, { event: event(2, 50), kinds: [0] });
    expect(second.window.spent).toEqual([{ id: 'e-1', reason: 'replaced' }]);
    expect(placed(second.window, given, { event: event(1, 0), kinds: [0] }).verdict).toEqual({ what: 'left', reason: 'replaced' }); // prettier-ignore
    const older = placed(second.window, given, { event: event(3, 20), kinds: [0] });
    expect(older.verdict).toEqual({ what: 'left', reason: 'replaced' });
    expect(lookedAt(second.window, given, 150 + JOIN_GRACE_MS - 1)).toBe(second.window);
    expect(lookedAt(second.window, given, 150 + JOIN_GRACE_MS).spent.at(-1)).toEqual({ id: 'e-2', reason: 'expired' });
    const late = placed(second.window, given, { event: event(4, 149), kinds: [1] });
    expect(late.verdict.what).toBe('started');
  });

  it('lets one event stand for one kind only', () => {
    const given = trigger({ event: undefined, all: { events: [{ event: 'a' }, { event: 'a' }], withinMs: 100 } });
    const first = placed(EMPTY, given, { event: event(1, 0), kinds: [0, 1] });
    expect(first.verdict.what).toBe('waits');
    expect(placed(first.window, given, { event: event(2, 1), kinds: [0, 1] }).verdict.what).toBe('started');
  });

  it('gives a run the same id whoever ends the window, and the events of a run in their order', () => {
    const given = trigger({ debounce: { quietMs: 20 } });
    const one = placed(EMPTY, given, { event: { ...event(1, 10), descendants: 7 }, kinds: [0] }).window;
    const two = placed(one, given, { event: { ...event(2, 5), descendants: 3 }, kinds: [0] }).window;
    const [a, b] = [lookedAt(two, given, 30), lookedAt(two, given, 9000)];
    expect(a.ended).toEqual(b.ended);
    expect(eventOfRun(a.ended[0]!)).toEqual({
      ...{ ...event(1, 10), descendants: 3 },
      together: [event(2, 5)],
    });
    expect(longestWait({ quietMs: 20 })).toBe(200);
  });

  it('keeps the data of the latest events only, and never more than a thousand events', () => {
    const given = trigger({ debounce: { quietMs: 1000, maxMs: 100_000 } });
    let window = EMPTY;
    const large = 'x'.repeat(20_000);
    for (let n = 0; n < 6; n++)
      window = placed(window, given, { event: { ...event(n, n), data: large }, kinds: [0] }).window;
    expect(window.gathering!.events.map(({ isCut }) => isCut === true)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    for (let n = 6; n < 1000; n++) window = placed(window, given, { event: event(n, n), kinds: [0] }).window;
    expect(window.gathering).toBeNull();
    expect(window.ended[0]!.events).toHaveLength(1000);
  });

  it('tells all that it held when its trigger is no more, and forgets what nobody hands in again', () => {
    const given = trigger({ batch: { maxSize: 2, maxMs: 50 } });
    let window = EMPTY;
    for (let n = 0; n < 3; n++) window = placed(window, given, { event: event(n, n), kinds: [0] }).window;
    const over = abandoned(window);
    expect(over.spent).toEqual(['e-0', 'e-1', 'e-2'].map((id) => ({ id, reason: 'changed' })));
    expect(isEmpty(forgetting(over, new Set(['e-0', 'e-1', 'e-2'])))).toBe(true);
    expect(isEmpty(forgetting(over, new Set(['e-0'])))).toBe(false);
  });

  it('takes in nothing more while too many runs of it are not stored', () => {
    const given = trigger({ batch: { maxSize: 1, maxMs: 50 } });
    let window = EMPTY;
    for (let n = 0; n < 20; n++) window = placed(window, given, { event: event(n, n), kinds: [0] }).window;
    expect(placed(window, given, { event: event(20, 20), kinds: [0] }).verdict).toEqual({ what: 'left', reason: 'windows' }); // prettier-ignore
  });
});
