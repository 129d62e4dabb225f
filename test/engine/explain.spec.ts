import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { actingAs, type Actor } from '../../src/audit/actor.js';
import { NotFoundError } from '../../src/domain/errors.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { tablesOf, type Row } from '../docs/markdown-tables.js';
import { OccurrenceSkips } from '../../src/scheduling/tasks/occurrence-skips.js';
import { TaskStore } from '../../src/scheduling/ports/task.store.js';
import { aTask, onEvent, T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const MINUTE = 60_000;
const text = readFileSync(new URL('../../docs/explain.md', import.meta.url), 'utf8');
const rows = new Map(
  tablesOf(text, ['What it tells'])
    .flat()
    .map((row): [string, Row] => [row.Situation!, row]),
);

/** `T0` is nine o'clock. */
const at = (minutes: number): Date => new Date(T0 + minutes * MINUTE);
/** Replaces what differs between runs of this test by what it stands for, and instants by what the clock shows. */
const anonymous = (words: string): string =>
  words
    .replaceAll(/2027-01-04T(\d\d:\d\d)(:00\.000Z|(:\d\d)\.\d{3}Z)/g, '$1$3')
    .replaceAll(/instance [0-9a-f]{8}-[0-9a-f-]{27}/g, 'instance i')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'r');

/** Nobody dies in these tests, and time passes faster without heartbeats. */
const calm = { engine: { heartbeatMs: 60_000, lockLifeMs: 600_000 } };

describeEngine('explain', (world) => {
  const told = new Set<string>();
  const minutely = (fields: Partial<TaskInput> = {}) =>
    work({ triggers: [every(MINUTE)], timeoutMs: 600_000, ...fields });

  /** Expects what the documentation says about the situation. */
  const tells = async (situation: string, instance: EngineInstance, task: { id: string }, minutes?: number) => {
    const asked = minutes === undefined ? undefined : at(minutes);
    const { outcome, code, sentence, advice, evidence } = await instance.scheduler.explain(task.id, asked);
    const words = { Sentence: anonymous(sentence), Advice: anonymous(advice ?? '–') };
    expect({ Situation: situation, Outcome: outcome, Code: code, ...words }).toEqual(rows.get(situation));
    told.add(situation);
    return evidence;
  };

  it('tells of what ran, of what is to come and of what is outside of the window', async () => {
    const a = await world().boot(calm);
    const window = { startAt: at(1).toISOString(), endAt: at(5).toISOString() };
    const task = await a.scheduler.schedule(minutely({ triggers: [every(MINUTE), every(2 * MINUTE)], ...window }));
    const few = await a.scheduler.schedule(minutely({ maxRuns: 2 }));
    const manual = await a.scheduler.schedule(work());
    await tells('nothing ever ran', a, manual);
    await world().advance(2.5 * MINUTE);
    const evidence = await tells('ran on time', a, task, 2.2);
    expect(evidence.filter(({ type }) => type === 'trigger')).toMatchObject([
      { data: { everyMs: MINUTE } },
      { data: { everyMs: 2 * MINUTE } },
    ]);
    expect(evidence.at(-1)).toMatchObject({ type: 'task', data: { state: 'active', scheduledRuns: 2 } });
    await tells('to come', a, task, 3);
    await tells('before the task', a, task, -3);
    await tells('before startAt', a, task, 0.4);
    await tells('from endAt on', a, task, 5);
    await tells('beyond maxRuns', a, few, 5);
    await a.scheduler.runNow(manual.id);
    await world().advance(1000);
    await tells('run by hand', a, manual);
  });

  it('tells of overlap, with the run that was in the way', async () => {
    const a = await world().boot(calm);
    world().workshop.answering = byHand;
    const skip = await a.scheduler.schedule(minutely());
    const queue = await a.scheduler.schedule(minutely({ overlap: 'queue', startDeadlineMs: 50_000 }));
    await world().advance(2.5 * MINUTE);
    await tells('running', a, skip, 1);
    const [first] = await world().runsOf(skip);
    const evidence = await tells('skipped by overlap', a, skip, 2);
    expect(evidence.filter(({ type }) => type === 'run').map(({ data }) => data['id'])).toContain(first!.id);
    await tells('queued behind another run', a, queue, 2);
    world().workshop.of(queue.id)[0]!.succeed();
    await world().advance(1000);
    await tells('late because it queued', a, queue, 2);
    await world().advance(1.5 * MINUTE);
    await tells('start deadline passed', a, queue, 3);
  });

  it('tells what the misfire policy decided, and of what is overdue', async () => {
    const a = await world().boot(calm);
    const missing = (misfire: TaskInput['misfire']) => a.scheduler.schedule(minutely({ misfire, overlap: 'allow' }));
    const once = await missing({ policy: 'fire-once' });
    const all = await missing({ policy: 'fire-all', maxCount: 2 });
    const none = await missing({ policy: 'skip' });
    const old = await missing({ policy: 'fire-once', maxAgeMs: 100 });
    await world().advance(1.5 * MINUTE);
    await world().done(a.stop());
    await world().clock.advanceTo(T0 + 6.5 * MINUTE);
    const b = await world().boot();
    await world().advance(100);
    await tells('coalesced by misfire policy', b, once, 3);
    await tells('late after a downtime', b, once, 6);
    await tells('beyond maxCount', b, all, 3);
    await tells('misfire policy skip', b, none, 3);
    await tells('older than maxAgeMs', b, old, 3);
  });

  it('tells of what cannot be worked out', async () => {
    const a = await world().boot(calm);
    const triggers = [{ type: 'cron' as const, expression: '* * * * *', timeZone: 'Mars/Base' }];
    const next = { scheduledFor: T0 + MINUTE, dueAt: T0 + MINUTE };
    const task = aTask({ organization: 'default', next, definition: { triggers } });
    await a.module.get(TaskStore, { strict: false }).insert([task]);
    await world().advance(2.5 * MINUTE);
    await tells('set aside', a, task, 1);
  });

  it('tells of a rate and of a quota', async () => {
    const a = await world().boot(calm);
    const rate = { capacity: 1, perMs: 61 * MINUTE };
    await a.settings.put('default', { resources: { api: rate }, quotas: { startsPerMinute: 1 } });
    const limited = await a.scheduler.schedule(work({ resources: { api: 1 }, overlap: 'allow' }));
    const usual = await a.scheduler.schedule(work({ overlap: 'allow' }));
    await a.scheduler.runNow(limited.id);
    await world().advance(1000);
    for (const { id } of [limited, usual]) await a.scheduler.runNow(id);
    await world().advance(0.5 * MINUTE);
    await tells('waiting for the quota of starts per minute', a, usual);
    await a.settings.put('default', { resources: { api: rate } });
    await world().advance(1000);
    await tells('waiting for the rate of a pool', a, limited);
  });

  it('tells of attempts, of slots and of deadlines', async () => {
    const a = await world().boot({ engine: { concurrency: 2 } });
    world().workshop.answering = () => Promise.reject(new Error('no answer'));
    const failing = await a.scheduler.schedule(minutely({ retry: { maxAttempts: 2, jitter: 0, baseDelayMs: 10_000 } }));
    await world().advance(1.1 * MINUTE);
    await tells('waiting for its next attempt', a, failing, 1);
    await world().advance(0.5 * MINUTE);
    await tells('failed', a, failing, 1);
    world().workshop.answering = byHand;
    const retry = { maxAttempts: 1 };
    const slow = await a.scheduler.schedule(work({ timeoutMs: 60_000, retry }));
    const total = await a.scheduler.schedule(work({ timeoutMs: 600_000, deadlineMs: 90_000, retry }));
    await world().done(Promise.all([a.scheduler.runNow(slow.id), a.scheduler.runNow(total.id)]));
    await world().advance(0.5 * MINUTE);
    await tells('overdue, every slot taken', a, failing, 2);
    const waiting = await a.scheduler.schedule(work());
    const [first, second] = [await a.scheduler.runNow(waiting.id), await a.scheduler.schedule(work())];
    await a.scheduler.runNow(second.id);
    await world().advance(0.3 * MINUTE);
    await tells('waiting for a slot', a, waiting);
    await world().done(a.scheduler.cancelRun(first.id));
    await tells('cancelled before it started', a, waiting);
    await world().advance(2 * MINUTE);
    await tells('late for want of a slot', a, second);
    await tells('attempt timed out', a, slow);
    await tells('deadline passed', a, total);
  });

  it('tells of pauses and changes', async () => {
    const a = await world().boot(calm);
    const task = await a.scheduler.schedule(minutely());
    const changed = await a.scheduler.schedule(minutely());
    await world().advance(0.5 * MINUTE);
    await world().done(a.scheduler.pause(task.id, 'lunch', at(5.5)));
    await world().done(a.scheduler.pause(changed.id, 'repair'));
    await world().advance(2 * MINUTE);
    await tells('during a pause', a, task, 2);
    await tells('in a pause to come', a, task, 4);
    await tells('after a pause', a, task, 6);
    await tells('paused without an end', a, changed, 3);
    await world().done(a.scheduler.change(changed.id, { triggers: [every(7 * MINUTE)] }));
    await world().done(a.scheduler.resume(changed.id));
    await tells('after a change', a, changed, 7);
  });

  it('tells what calendars and the spread do', async () => {
    const a = await world().boot(calm);
    const breaks = { windows: [{ from: '09:02', to: '09:05' }] };
    await world().done(a.settings.put('default', { calendars: { breaks } }));
    const shifting = { calendars: [{ name: 'breaks', mode: 'shift' as const }] };
    const excluding = await a.scheduler.schedule(minutely({ calendars: ['breaks'] }));
    const merged = await a.scheduler.schedule(minutely(shifting));
    const moved = await a.scheduler.schedule(minutely({ triggers: [every(3 * MINUTE)], ...shifting }));
    const spread = await a.scheduler.schedule(minutely({ spreadMs: 59_000 }));
    await tells('a calendar will leave it out', a, excluding, 3);
    const holiday = await a.scheduler.schedule(minutely());
    const anna: Actor = { type: 'user', id: 'anna', roles: ['operator'], address: null, requestId: null };
    const skips = a.of(OccurrenceSkips);
    await world().done(actingAs(anna, () => skips.skip('default', holiday.id, at(3).getTime(), 'a holiday')));
    await tells('somebody will have it skipped', a, holiday, 3);
    await tells('a calendar will move it', a, moved, 3);
    const offset = spread.next!.dueAt - spread.next!.scheduledFor;
    const length = offset < 1000 ? `${offset} ms` : `${Math.floor(offset / 100) / 10} s`;
    expect((await a.scheduler.explain(spread.id, at(3))).sentence).toContain(
      `The spread of the task moved its start by ${length}`,
    );
    await world().advance(6 * MINUTE);
    await tells('somebody has skipped it', a, holiday, 3);
    await tells('a calendar left it out', a, excluding, 3);
    await tells('a calendar merged it with a later one', a, merged, 3);
    await tells('a calendar moved it', a, moved, 3);
  });

  it('tells of pools and of instances that died', async () => {
    const a = await world().boot(calm);
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(minutely({ overlap: 'allow', resources: { browser: 1 } }));
    await world().advance(2.5 * MINUTE);
    await tells('waiting for a pool', a, task, 2);
    world().workshop.of(task.id)[0]!.succeed();
    await world().advance(1000);
    await tells('late for want of a pool', a, task, 2);
    const b = await world().boot();
    await a.crash(b);
    await tells('its instance is dead', b, task, 2);
  });

  it('tells of chains: what waits for an end, what it started, and what it did not', async () => {
    const a = await world().boot({ engine: { ...calm.engine, eventDescendants: 1 } });
    const { scheduler } = a;
    const first = await scheduler.schedule(work());
    const after = (id: string) => ({ triggers: [onEvent('run.succeeded', { 'data.taskId': id })] });
    const ids = [await scheduler.schedule(work(after(first.id))), await scheduler.schedule(work(after(first.id)))]
      .map(({ id }) => id)
      .sort();
    const [second, third] = [{ id: ids[0]! }, { id: ids[1]! }];
    const paused = await scheduler.schedule(work(after(first.id)));
    await world().done(scheduler.pause(paused.id, 'holidays'));
    await tells('waiting for the end of another task', a, second);
    await world().advance(at(1).getTime() - world().clock.now());
    const run = await scheduler.runNow(first.id);
    await world().advance(5000);
    const evidence = await tells('started by the end of another task', a, second);
    expect(evidence).toContainEqual(expect.objectContaining({ data: expect.objectContaining({ id: run.id, taskId: first.id, state: 'succeeded' }) })); // prettier-ignore
    const [child] = await world().runsOf(second);
    const shown = (await scheduler.explain(first.id)).evidence;
    expect(shown).toContainEqual(expect.objectContaining({ type: 'run', data: { id: child!.id, taskId: second.id } }));
    expect(shown).toContainEqual(expect.objectContaining({ type: 'task', data: { id: paused.id, reason: 'paused' } }));
    await tells('beyond what an end may start', a, third);
  });

  it('tells of windows that are open: what waits in them, for what, and until when', async () => {
    const a = await world().boot(calm);
    const { scheduler } = a;
    const on = (fields: object): Partial<TaskInput> => ({
      triggers: [{ type: 'event', event: 'build', ...fields }],
      overlap: 'allow',
    });
    const quiet = await scheduler.schedule(work(on({ debounce: { quietMs: MINUTE, maxMs: 5 * MINUTE } })));
    const batch = await scheduler.schedule(work(on({ batch: { maxSize: 3, maxMs: MINUTE, key: 'data.suite' } })));
    const few = await scheduler.schedule(work(on({ throttle: { count: 1, perMs: 2 * MINUTE } })));
    const events = ['build', 'deploy', 'test'].map((event) => ({ event }));
    const join = await scheduler.schedule(
      work({ triggers: [{ type: 'event', all: { events, withinMs: 5 * MINUTE } }] }),
    );
    const paused = await scheduler.schedule(work(on({ batch: { maxSize: 3, maxMs: 5 * MINUTE } })));
    const raise = (data: object) => world().done(scheduler.raise('build', { suite: 'smoke', ...data }));
    await raise({ n: 1 });
    await world().advance(10_000);
    await raise({ n: 2 });
    await world().done(scheduler.pause(paused.id, 'holidays'));
    const evidence = await tells('events wait until no more come', a, quiet);
    expect(evidence).toContainEqual(expect.objectContaining({ type: 'window', data: expect.objectContaining({ waiting: 2, until: at(7 / 6).toISOString() }) })); // prettier-ignore
    await tells('events wait for more of them', a, batch);
    await tells('a throttle lets none start', a, few);
    await tells('one of several events has come', a, join);
    await tells('a pause holds what waits', a, paused);
    // What is over is told of at its own instant.
    expect(await scheduler.explain(few.id, at(0))).toMatchObject({ outcome: 'succeeded' });
    await world().advance(6 * MINUTE);
    expect(await scheduler.explain(quiet.id)).toMatchObject({ outcome: 'succeeded' });
    expect((await scheduler.explain(join.id)).code).toBe('no-trigger');
  });

  it('hides the tasks of other organizations, and those that there are none of', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(minutely());
    await expect(scheduler.for('umbrella').explain(task.id)).rejects.toThrow(NotFoundError);
    await world().done(scheduler.remove(task.id));
    await expect(scheduler.explain(task.id)).rejects.toThrow(NotFoundError);
  });

  it('has every situation of its page', () => {
    expect([...told].sort()).toEqual([...rows.keys()].sort());
  });
});
