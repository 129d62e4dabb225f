import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AuditStore } from '../../src/audit/audit.store.js';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import { EVENT_RESULTS } from '../../src/events/event-outcome.js';
import { EventsService } from '../../src/events/events.service.js';
import { TaskMatcher } from '../../src/events/task-matcher.js';
import { LifecycleEvents } from '../../src/lifecycle/lifecycle-events.js';
import { SlotQueue } from '../../src/scheduling/dispatch/slot-queue.js';
import { PoolQueue } from '../../src/scheduling/resources/pool-queue.js';
import { TaskReads } from '../../src/scheduling/ports/task.reads.js';
import { KeyRing } from '../../src/secrets/key-ring.js';
import { StoreHealth } from '../../src/storage/store-health.js';
import { putAside } from '../support/dead-letter.js';
import { seriesIn, valueIn } from './metrics-text.js';
import { RestWorld, type Ask } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start({}, {}, {}, { engine: { lockLifeMs: 3_600_000, eventDescendants: 40 } });
});
afterAll(() => world.stop());
afterEach(() => void jest.restoreAllMocks());

const scrape = async (): Promise<string> => (await world.ask('GET /metrics')).text;
const metric = async (name: string, labels: Record<string, string> = {}): Promise<number | undefined> =>
  valueIn(await scrape(), `task_runner_${name}`, labels);

/** Lets the clock run until the metrics are as wanted. */
const until = (isSo: (text: string) => boolean): Promise<string> =>
  world.until(async () => {
    const text = await scrape();
    return isSo(text) && text;
  });

describe('metrics', () => {
  it('begin at 0, whatever an alert may ask for', async () => {
    const text = await scrape();
    const zero = (name: string, labels: Record<string, string> = {}) =>
      expect([name, valueIn(text, `task_runner_${name}`, labels)]).toEqual([name, 0]);
    zero('attempts_started_total', { trigger: 'schedule' });
    zero('runs_finished_total', { outcome: 'timed_out', trigger: 'event' });
    zero('retries_total');
    zero('occurrences_left_out_total', { outcome: 'coalesced', reason: 'misfire' });
    zero('occurrences_left_out_total', { outcome: 'coalesced', reason: 'calendar' });
    zero('tasks_paused_by_failures_total');
    zero('wait_seconds_count', { for: 'units' });
    zero('attempt_duration_seconds_count', { outcome: 'failed' });
    zero('store_errors_total', { operation: 'runs.open', kind: 'unavailable' });
    zero('locks_lost_total');
    zero('takeovers_total');
    zero('runs_taken_over_total');
    zero('clock_steps_total', { direction: 'back' });
    zero('sealed_values_unopened_total', { fault: 'unknown-key' });
    zero('events_total', { result: 'given-up' });
    zero('event_matching_seconds_count');
    zero('event_windows_total', { change: 'opened' });
    zero('dead_letters_total', { transport: 'kafka', reason: 'malformed' });
    zero('webhook_requests_total', { kind: 'github', reason: 'signature' });
    zero('webhook_requests_total', { kind: 'unknown', reason: 'unknown-source' });
    for (const code of ['401', '403', '429']) zero('http_refusals_total', { code });
    for (let priority = 0; priority < 10; priority++) zero('runs_waiting', { priority: String(priority) });
  });

  it('count starts, outcomes, durations and lateness', async () => {
    const starts = async () => (await metric('attempts_started_total', { trigger: 'manual' }))!;
    const before = await starts();
    await world.finishedRun();
    expect(await starts()).toBe(before + 1);
    expect(await metric('runs_finished_total', { outcome: 'succeeded', trigger: 'manual' })).toBeGreaterThan(0);
    expect(await metric('start_lateness_seconds_count')).toBeGreaterThan(0);
    expect(await metric('attempt_duration_seconds_count', { outcome: 'succeeded' })).toBeGreaterThan(0);
    expect(await metric('run_duration_seconds_count')).toBeGreaterThan(0);
  });

  it('tell apart what runs and what is armed, and how long it waited', async () => {
    const { id } = await world.task({ triggers: [{ type: 'manual' }], action: { type: 'noop', durationMs: 60_000 } });
    const at = new Date(world.clock.now() + 3000).toISOString();
    await world.task({ triggers: [{ type: 'once', at }] });
    await world.ask(`POST /v1/tasks/${id}/run`);
    const text = await until((each) => valueIn(each, 'task_runner_runs_armed') === 1);
    expect(valueIn(text, 'task_runner_runs_running')).toBe(1);
    expect(valueIn(text, 'task_runner_slots_taken')).toBe(2);
    expect(valueIn(text, 'task_runner_slots')).toBe(1000);
    expect(valueIn(text, 'task_runner_wait_seconds_count', { for: 'slot' })).toBeGreaterThan(0);
    await world.driven(world.clock.advance(61_000));
    await until((each) => valueIn(each, 'task_runner_runs_running') === 0);
  });

  it('tell of tasks, loaded occurrences and the process, and of no organization', async () => {
    await world.task({ triggers: [{ type: 'interval', everyMs: 1000 }] }, 'secret-customer');
    const text = await until((each) => (valueIn(each, 'task_runner_tasks', { state: 'active' }) ?? 0) > 0);
    expect((await world.ask('GET /metrics')).headers['content-type']).toContain('text/plain');
    expect(valueIn(text, 'task_runner_occurrences_loaded')).toBeGreaterThan(0);
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toMatch(/secret-customer|organization=/);
  });

  it('tell how much is overdue once it was looked for', async () => {
    const other = await RestWorld.start();
    const of = async (name: string, labels = {}) =>
      valueIn((await other.ask('GET /metrics')).text, `task_runner_${name}`, labels);
    expect((await other.ask('GET /metrics')).text).not.toMatch(/^task_runner_overdue/m);
    await other.driven(other.clock.advance(11_000));
    await other.finishedRun();
    expect(await of('overdue', { kind: 'occurrence' })).toBe(0);
    expect(await of('overdue', { kind: 'run' })).toBe(0);
    expect(await of('overdue_oldest_age_seconds')).toBe(0);
    await other.stop();
  });

  it('tell what waits by queue and by priority, with a label only for queues that the settings name', async () => {
    const line = world.app.get(SlotQueue, { strict: false });
    const of = (queue: string, priority: number) => ({ queue, priority });
    const waiting = jest
      .spyOn(line, 'waiting')
      .mockReturnValue([of('default', 9), of('default', 0), of('of-a-tenant', 9), of('of-another', 42)]);
    const units = jest.spyOn(world.app.get(PoolQueue, { strict: false }), 'queues');
    // A count is good for so long.
    await world.driven(world.clock.advance(5_000));
    const series = seriesIn(await scrape());
    const values = (name: string, label: string): Record<string, number> => {
      const own = series.filter((each) => each.name === name);
      return Object.fromEntries(own.map(({ labels, value }) => [labels[label]!, value]));
    };
    expect(values('task_runner_queue_waiting', 'queue')).toEqual({ '(other)': 2, default: 2 });
    const priorities = values('task_runner_runs_waiting', 'priority');
    expect([Object.keys(priorities).length, priorities['9'], priorities['0'], priorities['5']]).toEqual([10, 2, 1, 0]);
    expect([waiting.mock.lastCall, units.mock.lastCall]).toEqual([[50_000], [49_996]]);
  });

  it('count how often the bounds on what an event may start were hit', async () => {
    const bounds = async () => [
      await metric('event_bounds_total', { bound: 'descendants' }),
      await metric('event_bounds_total', { bound: 'chain' }),
    ];
    expect(await bounds()).toEqual([0, 0]);
    const raising = (event: string) => ({
      triggers: [{ type: 'event', event }],
      action: { type: 'event', event },
      overlap: 'allow',
    });
    await world.task(raising('alone'));
    for (let i = 0; i < 3; i++) await world.task(raising('echo'));
    const raise = (event: string) => world.driven(world.ask(`POST /v1/triggers/events/${event}`, { body: {} }));
    await raise('alone');
    await world.until(async () => (await bounds())[1] !== 0);
    expect(await bounds()).toEqual([0, 1]);
    await raise('echo');
    await world.until(async () => (await bounds())[0]! > 0);
  });

  it('count events by what came of them, and how long their tasks were looked for', async () => {
    const results = async () =>
      Object.fromEntries(
        await Promise.all(EVENT_RESULTS.map(async (result) => [result, await metric('events_total', { result })])),
      ) as Record<string, number>;
    const before = await results();
    const matched = (await metric('event_matching_seconds_count'))!;
    const waiting = (event: string, more = {}) => world.task({ triggers: [{ type: 'event', event, ...more }] });
    await waiting('counted');
    await waiting('gathered', { debounce: { quietMs: 60_000, maxMs: 120_000 } });
    const paused = await waiting('of-a-paused-task');
    await world.ask(`POST /v1/tasks/${paused.id}/pause`, { body: { reason: 'no paper' } });
    const raise = (event: string, key?: string) =>
      world.driven(
        world.ask(`POST /v1/triggers/events/${event}`, {
          body: {},
          headers: key === undefined ? {} : { 'idempotency-key': key },
        }),
      );
    for (const event of ['counted', 'counted', 'gathered', 'of-a-paused-task', 'of-nobody']) await raise(event);
    const events = world.app.get(EventsService, { strict: false });
    await world.driven(events.receive('acme', 'counted', {}, 'the-same'));
    await world.driven(events.receive('acme', 'counted', {}, 'the-same'));
    const looking = jest.spyOn(world.app.get(TaskMatcher, { strict: false }), 'look');
    looking.mockRejectedValue(new Error('broken'));
    await expect(world.driven(events.receive('acme', 'counted', {}))).rejects.toThrow('broken');
    const after = await results();
    const more = Object.fromEntries(EVENT_RESULTS.map((result) => [result, after[result]! - before[result]!]));
    expect(more).toEqual({
      ...{ started: 3, waiting: 1, 'held-back': 1, unmatched: 1, duplicate: 1, failed: 1 },
      'given-up': 0,
    });
    expect((await metric('event_matching_seconds_count'))! - matched).toBe(7);
    expect(await scrape()).not.toMatch(/of-nobody|the-same/);
  });

  it('tell of an event that is tried again, and that is given up', async () => {
    const events = world.app.get(EventsService, { strict: false });
    const looking = jest.spyOn(world.app.get(TaskMatcher, { strict: false }), 'look');
    looking.mockRejectedValue(new Error('broken'));
    const failed = (await metric('events_total', { result: 'failed' }))!;
    await expect(world.driven(events.receive('acme', 'never', {}))).rejects.toThrow('broken');
    await world.until(async () => (await metric('events_total', { result: 'given-up' })) === 2, 10_000);
    // The first time, and each further one but the last; the event of the test before is tried as well.
    expect(await metric('events_total', { result: 'failed' })).toBe(failed + 1 + 9 + 9);
  });

  it('count windows of events by what became of them', async () => {
    const changes = async () =>
      Promise.all(
        ['opened', 'fired', 'expired', 'abandoned'].map(
          async (change) => (await metric('event_windows_total', { change }))!,
        ),
      );
    const before = await changes();
    const since = async () => (await changes()).map((count, index) => count - before[index]!);
    const raise = (event: string) => world.driven(world.ask(`POST /v1/triggers/events/${event}`, { body: {} }));
    const debounce = { quietMs: 2000, maxMs: 10_000 };
    await world.task({ triggers: [{ type: 'event', event: 'quiet', debounce }] });
    const all = { events: [{ event: 'one' }, { event: 'two' }], withinMs: 5000 };
    await world.task({ triggers: [{ type: 'event', all }] });
    const batch = { maxSize: 2, maxMs: 600_000 };
    const { id } = await world.task({ triggers: [{ type: 'event', event: 'heap', batch }] });
    await raise('quiet');
    await raise('quiet');
    for (let i = 0; i < 3; i++) await raise('heap');
    await raise('one');
    expect(await since()).toEqual([4, 1, 0, 0]);
    await world.until(async () => (await since())[1] === 2);
    await world.until(async () => (await since())[2] === 1);
    await world.ask(`PATCH /v1/tasks/${id}`, { body: { triggers: [{ type: 'manual' }] } });
    await world.until(async () => (await since())[3] === 1);
    expect(await since()).toEqual([4, 2, 1, 1]);
  });

  it('count messages of brokers that became no events, by why', async () => {
    await putAside(world);
    expect(await metric('dead_letters_total', { transport: 'kafka', reason: 'malformed' })).toBe(1);
    expect(await scrape()).not.toContain('topic-of-a-tenant');
  });

  it('count occurrences that got no run, by a few classes of reasons', async () => {
    const events = world.app.get(LifecycleEvents, { strict: false });
    const entry = { organization: 'acme', taskId: 't', from: 0, to: 9 };
    const entries = [
      { ...entry, count: 18, outcome: 'coalesced', reason: 'misfire policy "fire-once"' },
      { ...entry, count: 2, outcome: 'missed', reason: 'beyond maxCount or maxAgeMs' },
      { ...entry, count: 3, outcome: 'skipped', reason: 'calendar of-a-tenant' },
      { ...entry, count: 4, outcome: 'skipped', reason: 'something new' },
    ] as const;
    events.emit('occurrences.left-out', { task: {} as never, entries });
    const of = (outcome: string, reason: string) => metric('occurrences_left_out_total', { outcome, reason });
    expect(await of('coalesced', 'misfire')).toBe(18);
    expect(await of('missed', 'too-old')).toBe(2);
    expect(await of('skipped', 'calendar')).toBe(3);
    expect(await of('skipped', 'other')).toBe(4);
    expect(await scrape()).not.toContain('of-a-tenant');
  });

  it('count requests by route, whatever the path, and refusals', async () => {
    const ask = (line: string, asked: Ask = {}) => world.ask(line, asked);
    const { id } = await world.task();
    const at = { method: 'GET', route: '/v1/tasks/:id', code: '200' };
    const before = (await metric('http_requests_total', at)) ?? 0;
    await ask(`GET /v1/tasks/${id}`);
    await ask(`GET /v1/tasks/${id}`);
    expect(await metric('http_requests_total', at)).toBe(before + 2);
    expect(await metric('http_request_duration_seconds_count', { method: 'GET', route: at.route })).toBeGreaterThan(1);
    await ask('POST /v1/tasks', { as: 'viewer', body: {} });
    await ask('GET /v1/tasks', { headers: { authorization: 'Bearer nonsense' } });
    for (const made of ['/nowhere/1', '/nowhere/2?x=y', '/v1/of-a-tenant']) await ask(`GET ${made}`);
    expect(await metric('http_refusals_total', { code: '403' })).toBe(1);
    expect(await metric('http_refusals_total', { code: '401' })).toBe(1);
    expect(await metric('http_requests_total', { method: 'GET', route: '(none)', code: '404' })).toBe(3);
    expect(await scrape()).not.toMatch(/nowhere|of-a-tenant/);
  });

  it('count sealed values that do not open, by why', async () => {
    const { id } = await world.task({
      secrets: { token: 'abc' },
      retry: { maxAttempts: 1 },
      action: { type: 'http', method: 'GET', url: 'https://example.org/{{secrets.token}}' },
    });
    const ring = world.app.get(KeyRing, { strict: false });
    jest.spyOn(ring, 'get').mockReturnValue(undefined);
    await world.finished((await world.ask(`POST /v1/tasks/${id}/run`)).body.id);
    expect(await metric('sealed_values_unopened_total', { fault: 'unknown-key' })).toBeGreaterThan(0);
  });

  it('tell what this instance is, and how it fares among the others', async () => {
    const text = await scrape();
    const info = seriesIn(text).find(({ name }) => name === 'task_runner_build_info')!;
    expect(info).toMatchObject({ value: 1, labels: { node: process.version, store: 'SQLite' } });
    expect(info.labels['version']).toMatch(/^\d+\.\d+\.\d+/);
    expect(valueIn(text, 'task_runner_instances')).toBe(1);
    expect(valueIn(text, 'task_runner_ready')).toBe(1);
    expect(valueIn(text, 'task_runner_part_up', { part: 'store' })).toBe(1);
    const age = valueIn(text, 'task_runner_heartbeat_age_seconds')!;
    await world.clock.advance(700);
    expect(await metric('heartbeat_age_seconds')).not.toBe(age);
    const events = world.app.get(LifecycleEvents, { strict: false });
    events.emit('runs.taken-over', { from: 'x', runs: 3, begun: 1 });
    events.emit('clock.stepped', { byMs: -3_600_000 });
    expect(await metric('takeovers_total')).toBe(1);
    expect(await metric('runs_taken_over_total')).toBe(3);
    expect(await metric('clock_steps_total', { direction: 'back' })).toBe(1);
  });
});

describe('metrics of the store', () => {
  it('tell how fast its operations are, how many items these have, and how large its file is', async () => {
    await world.finishedRun();
    const text = await until((each) => valueIn(each, 'task_runner_sqlite_bytes') !== undefined);
    const insert = { operation: 'tasks.insert', side: 'engine' };
    expect(valueIn(text, 'task_runner_store_operation_seconds_count', insert)).toBeGreaterThan(0);
    const list = { operation: 'tasks.countByState', side: 'readers' };
    expect(valueIn(text, 'task_runner_store_operation_seconds_count', list)).toBeGreaterThan(0);
    expect(valueIn(text, 'task_runner_store_batch_items_count', { operation: 'runs.update' })).toBeGreaterThan(0);
    expect(valueIn(text, 'task_runner_sqlite_bytes')).toBeGreaterThan(100_000);
    expect(valueIn(text, 'task_runner_sqlite_free_bytes')).toBeGreaterThanOrEqual(0);
    expect(valueIn(text, 'task_runner_sqlite_wal_bytes')).toBeGreaterThan(0);
    // It has the clock of this machine.
    expect(valueIn(text, 'task_runner_store_clock_offset_seconds')).toBeUndefined();
  });

  it('tell by how much its clock is ahead, and how far behind the audit trail is', async () => {
    const health = world.app.get(StoreHealth, { strict: false });
    jest
      .spyOn(health, 'figures')
      .mockImplementation(() => Promise.resolve({ clockAt: world.clock.now() + 90_000, file: null }));
    const trail = world.app.get(AuditStore, { strict: false });
    const since = world.clock.now() - 600_000;
    jest.spyOn(trail, 'nextOutcomeAt').mockResolvedValue(since);
    const offset = (text: string) => valueIn(text, 'task_runner_store_clock_offset_seconds');
    const text = await until(
      (each) => offset(each) !== undefined && (valueIn(each, 'task_runner_audit_lag_seconds') ?? 0) > 600,
    );
    expect(offset(text)).toBeCloseTo(90, 3);
    expect(valueIn(text, 'task_runner_sqlite_bytes')).toBeUndefined();
    jest.spyOn(trail, 'nextOutcomeAt').mockResolvedValue(null);
    await until((each) => valueIn(each, 'task_runner_audit_lag_seconds') === 0);
  });

  it('are the last ones with their age, at once, while the store is away or silent', async () => {
    const before = await until((each) => valueIn(each, 'task_runner_tasks', { state: 'active' }) !== undefined);
    const known = valueIn(before, 'task_runner_tasks', { state: 'active' });
    const tasks = world.app.get(TaskReads, { strict: false });
    const counting = jest.spyOn(tasks, 'countByState').mockReturnValue(new Promise(() => undefined));
    jest
      .spyOn(world.app.get(StoreHealth, { strict: false }), 'figures')
      .mockRejectedValue(new StoreUnavailableError('away'));
    await world.driven(world.clock.advance(31_000));
    // Nothing here lets the clock run: whoever waited for the store would wait for ever.
    const text = await scrape();
    expect(valueIn(text, 'task_runner_tasks', { state: 'active' })).toBe(known);
    expect(valueIn(text, 'task_runner_reading_age_seconds', { reading: 'tasks' })).toBeGreaterThanOrEqual(25);
    expect(valueIn(text, 'task_runner_reading_age_seconds', { reading: 'store' })).toBeGreaterThanOrEqual(25);
    expect(valueIn(text, 'task_runner_reading_age_seconds', { reading: 'audit' })).toBeLessThan(6);
    // What is silent is not asked over and over.
    expect(counting.mock.calls.length).toBeLessThanOrEqual(2);
  });
});
