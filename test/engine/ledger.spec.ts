import { expect, it } from '@jest/globals';
import type { LedgerEntry } from '../../src/domain/ledger.js';
import type { LedgerPosition, Outcome } from '../../src/ledger/merge-page.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import type { Occurrence } from '../../src/domain/task.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { byHand } from '../support/workshop.js';
import { describeEngine, every, work } from '../support/engine-world.js';

/** The time between two occurrences. */
const BEAT = 4000;
const MONTH = 30 * 24 * 3_600_000;

describeEngine('the ledger', (world) => {
  const regular = (fields: Partial<TaskInput> = {}) => work({ triggers: [every(BEAT)], ...fields });
  const all = async (instance: EngineInstance, { id }: { id: string }, limit = 3): Promise<Outcome[]> => {
    const items: Outcome[] = [];
    let after: LedgerPosition | undefined;
    do {
      const page = await world().done(instance.ledger.list('default', id, { limit, after }));
      items.push(...page.items);
      after = page.next ?? undefined;
    } while (after);
    return items;
  };
  const inBeats = (outcome: Outcome) =>
    'run' in outcome
      ? [outcome.run.state, (outcome.run.scheduledFor - T0) / BEAT]
      : [outcome.entry.outcome, (outcome.entry.from - T0) / BEAT, (outcome.entry.to - T0) / BEAT, outcome.entry.count];
  const told = async (instance: EngineInstance, task: { id: string }) => (await all(instance, task)).map(inBeats);
  const reasons = async (instance: EngineInstance, task: { id: string }) =>
    (await all(instance, task)).flatMap((item) => ('entry' in item ? [item.entry.reason] : []));
  const setCalendars = (instance: EngineInstance, calendars: object) =>
    world().done(instance.settings.put('default', { calendars }));

  it('tells what passed during a pause in one stretch, while it lasts and after it', async () => {
    const a = await world().boot();
    const task = await a.scheduler.schedule(regular());
    await world().advance(1.5 * BEAT);
    await world().done(a.scheduler.pause(task.id, 'lunch'));
    await world().advance(2 * BEAT);
    expect(await told(a, task)).toEqual([
      ['succeeded', 1],
      ['skipped', 2, 3, 2],
    ]);
    await world().advance(BEAT);
    await world().done(a.scheduler.resume(task.id));
    await world().advance(BEAT);
    expect(await told(a, task)).toEqual([
      ['succeeded', 1],
      ['skipped', 2, 4, 3],
      ['succeeded', 5],
    ]);
    expect(await reasons(a, task)).toEqual(['the task was paused: lunch']);
  });

  it('does not tell of a pause what was started while the pause was on its way', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const task = await a.scheduler.schedule(regular());
    await world().advance(0.5 * BEAT);
    let send = () => undefined as void;
    const sent = new Promise<void>((resolve) => (send = resolve));
    let reach = () => undefined as void;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const slow = b.gate.obstruct((method) => {
      if (method !== 'replace') return undefined;
      reach();
      return sent;
    });
    const pausing = b.scheduler.pause(task.id, 'lunch');
    // It was planned before the occurrence is claimed.
    await reached;
    await world().advanceHeldUp(BEAT, a);
    slow();
    send();
    await world().done(pausing);
    await world().advance(BEAT);
    expect(await told(a, task)).toEqual([
      ['succeeded', 1],
      ['skipped', 2, 2, 1],
    ]);
  });

  it.each([
    ['the instance that pauses it', 0],
    ['another instance', 1],
  ])('tells once what %s had armed and begun before the pause was stored', async (_, other) => {
    const instances = [await world().boot(), await world().boot()];
    const task = await instances[0]!.scheduler.schedule(regular());
    await world().until(async () => (await world().runsOf(task)).length > 0);
    const [armed] = await world().runsOf(task);
    const owner = instances.findIndex(({ locks }) => locks.owner === armed!.owner);
    const pauser = instances[(owner + other) % 2]!;
    let send = () => undefined as void;
    const sent = new Promise<void>((resolve) => (send = resolve));
    let reach = () => undefined as void;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const slow = pauser.gate.obstruct((method) => {
      if (method !== 'replace') return undefined;
      reach();
      return sent;
    });
    const call = world().workshop;
    call.answering = byHand;
    const pausing = pauser.scheduler.pause(task.id, 'lunch');
    await reached;
    await world().untilHeldUp(() => call.calls.length > 0, instances[owner]!);
    slow();
    send();
    await world().done(pausing);
    call.last().succeed();
    await world().advance(BEAT);
    const expected = [
      ['succeeded', 1],
      ['skipped', 2, 2, 1],
    ];
    expect(await told(pauser, task)).toEqual(expected);
    await world().done(pauser.scheduler.resume(task.id));
    expect(await told(pauser, task)).toEqual(expected);
  });

  it('tells once what a pause takes from an instance that has died with it armed', async () => {
    const a = await world().boot();
    const task = await a.scheduler.schedule(regular());
    const b = await world().boot();
    await world().until(async () => (await a.runStore.heldBy([a.locks.owner, b.locks.owner], 9)).length > 0);
    const [armed] = await world().runsOf(task);
    const [dying, heir] = armed!.owner === a.locks.owner ? [a, b] : [b, a];
    await dying.crash();
    const pausing = heir.scheduler.pause(task.id, 'lunch');
    await world().advance(0.5 * BEAT);
    await heir.expire(dying.locks.owner);
    await world().done(pausing);
    await world().advance(BEAT);
    expect(await told(heir, task)).toEqual([['skipped', 1, 2, 2]]);
    await world().done(heir.scheduler.resume(task.id));
    await world().advance(BEAT);
    expect(await told(heir, task)).toEqual([
      ['skipped', 1, 2, 2],
      ['succeeded', 3],
    ]);
  });

  it('tells it for a pause that ends by itself, at its end and not when that is noticed', async () => {
    const a = await world().boot();
    const task = await a.scheduler.schedule(regular({ overlap: 'allow', misfire: { policy: 'fire-all' } }));
    await world().advance(1.5 * BEAT);
    await world().done(a.scheduler.pause(task.id, 'lunch', new Date(T0 + 4 * BEAT)));
    await world().done(a.stop());
    await world().clock.advanceTo(T0 + 6.5 * BEAT);
    const b = await world().boot();
    await world().advance(BEAT);
    expect(await told(b, task)).toEqual([
      ['succeeded', 1],
      ['skipped', 2, 3, 2],
      ...[4, 5, 6, 7].map((beat) => ['succeeded', beat]),
    ]);
  });

  it('tells a month of pause in one entry', async () => {
    const a = await world().boot();
    const task = await a.scheduler.schedule(regular());
    await world().done(a.scheduler.pause(task.id, 'summer'));
    await world().done(a.stop());
    await world().clock.advanceTo(T0 + MONTH + BEAT / 2);
    const b = await world().boot();
    await world().done(b.scheduler.resume(task.id));
    expect(await told(b, task)).toEqual([['skipped', 1, MONTH / BEAT, MONTH / BEAT]]);
  });

  it('leaves out of a pause what is due all the same: a single time that came due in it', async () => {
    const a = await world().boot();
    const once = { type: 'once' as const, at: new Date(T0 + 2.5 * BEAT).toISOString() };
    const task = await a.scheduler.schedule(regular({ triggers: [every(BEAT), once] }));
    await world().done(a.scheduler.pause(task.id, 'lunch'));
    await world().advance(3.5 * BEAT);
    await world().done(a.scheduler.resume(task.id));
    await world().advance(BEAT);
    expect(await told(a, task)).toEqual([
      ['skipped', 1, 3, 3],
      ['succeeded', 2.5],
      ['succeeded', 4],
    ]);
  });

  it('tells what an occurrence that waits for its spread loses by a pause', async () => {
    const a = await world().boot();
    const offsetOf = ({ next }: { next: Occurrence | null }) => next!.dueAt - next!.scheduledFor;
    let task = await a.scheduler.schedule(regular({ spreadMs: 3500 }));
    // The pause must come after the nominal time, so a spread offset below 600 ms is too small.
    while (offsetOf(task) < 600) task = await a.scheduler.schedule(regular({ spreadMs: 3500 }));
    const offset = offsetOf(task);
    await world().advance(BEAT + offset - 500);
    await world().done(a.scheduler.pause(task.id, 'lunch'));
    await world().advance(200);
    await world().done(a.scheduler.resume(task.id));
    expect((await told(a, task))[0]).toEqual(['skipped', 1, 1, 1]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('accounts for every occurrence exactly once, whatever happens (%d)', async (seed) => {
    const random = seeded(seed);
    const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
    let a = await world().boot({ engine: { armingMs: 500 } });
    const calendars = [
      { breaks: {} },
      { breaks: { windows: [{ from: '09:00', to: '09:01' }] } },
      { breaks: { weekdays: ['mon'] } },
    ];
    await setCalendars(a, { breaks: {} });
    const task = await a.scheduler.schedule(
      work({
        triggers: [every(1000)],
        calendars: ['breaks'],
        overlap: pick(['allow', 'skip'] as const),
        spreadMs: pick([0, 700]),
        misfire: { policy: pick(['fire-once', 'fire-all', 'skip'] as const), maxCount: 3, graceMs: 100 },
      }),
    );
    /** From when on each interval applied. */
    const epochs = [{ from: T0, everyMs: 1000 }];
    for (let step = 0; step < 10; step++) {
      const what = pick([
        ...(['pause', 'pause until', 'resume', 'priority', 'triggers', 'calendar', 'downtime', 'backfill'] as const),
      ]);
      if (what === 'pause') await world().done(a.scheduler.pause(task.id, `step ${step}`));
      if (what === 'pause until')
        await world().done(a.scheduler.pause(task.id, `step ${step}`, new Date(world().clock.now() + 2700 * random())));
      if (what === 'resume') await world().done(a.scheduler.resume(task.id));
      if (what === 'priority') await world().done(a.tasks.change('default', task.id, { priority: pick([1, 5, 9]) }));
      if (what === 'triggers') {
        const everyMs = pick([700, 1000, 1500]);
        const changed = await world().done(a.tasks.change('default', task.id, { triggers: [every(everyMs)] }));
        if (everyMs !== epochs.at(-1)!.everyMs) epochs.push({ from: changed.updatedAt, everyMs });
      }
      if (what === 'calendar') await setCalendars(a, pick(calendars));
      if (what === 'backfill') {
        // An occurrence of earlier triggers need not be an occurrence of the present ones.
        const from = new Date(epochs.at(-1)!.from + 1 + Math.floor(3000 * random()));
        const to = new Date(from.getTime() + 1 + Math.floor(9000 * random()));
        await world().done(a.scheduler.backfill(task.id, { from, to }));
      }
      if (what === 'downtime') {
        await world().done(a.stop());
        await world().clock.advanceTo(world().clock.now() + Math.floor(8000 * random()));
        a = await world().boot({ engine: { armingMs: 500 } });
      }
      await world().advance(Math.floor(2500 * random()));
    }
    await world().done(a.scheduler.pause(task.id, 'the end'));
    await world().advance(1000);
    const now = world().clock.now();
    const nominal = epochs.flatMap(({ from, everyMs }, index) => {
      const until = epochs[index + 1]?.from ?? now;
      const first = (Math.floor((from - T0) / everyMs) + 1) * everyMs;
      return Array.from(
        { length: Math.max(0, Math.floor((until - T0 - first) / everyMs) + 1) },
        (_, i) => first + i * everyMs,
      );
    });
    const outcomes = await all(a, task, 50);
    const runs = outcomes.flatMap((item) => ('run' in item ? [item.run.scheduledFor - T0] : []));
    const entries = outcomes.flatMap((item) => ('entry' in item ? [item.entry] : []));
    const uncovered = nominal.filter((at) => !runs.includes(at) && !entries.some(holding(T0 + at)));
    expect({ uncovered, runs: runs.filter((at) => !nominal.includes(at)) }).toEqual({ uncovered: [], runs: [] });
    expect(runs.length + entries.reduce((sum, { count }) => sum + count, 0)).toBe(nominal.length);
  });
});

const holding = (at: number) => (entry: LedgerEntry) => entry.from <= at && at <= entry.to;

/** Pseudo-random numbers from 0 to 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
