import { jest } from '@jest/globals';
import { InstanceStore } from '../../src/cluster/instance.store.js';
import { STORAGE } from '../../src/core.module.js';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import { TaskMatcher } from '../../src/events/task-matcher.js';
import { LockManager } from '../../src/locking/lock-manager.js';
import { LockStore } from '../../src/locking/lock.store.js';
import type { TaskRunnerOptions } from '../../src/options.js';
import { KeyRing } from '../../src/secrets/key-ring.js';
import type { OpenStorage } from '../../src/storage/storage.js';
import type { RestWorld } from '../rest/rest-world.js';
import { putAside } from '../support/dead-letter.js';
import { withRawTrail } from '../support/raw-trail.js';

/** Something that happens to an instance, and the alerts that say so. */
export interface AlertFault {
  what: string;
  alerts: string[];
  options?: TaskRunnerOptions;
  act(world: RestWorld, storeUrl: string): Promise<void>;
}

/** Something that is as somebody wants it, how the metrics tell of it, and the alerts that would be wrong. */
export interface NoFault extends AlertFault {
  seen: { name: string; labels: Record<string, string>; value: number };
}

const away = () => Promise.reject(new StoreUnavailableError('away'));
const storeOf = ({ app }: RestWorld): OpenStorage => app.get<OpenStorage>(STORAGE, { strict: false });
const pass = (world: RestWorld, ms: number): Promise<void> => world.driven(world.clock.advance(ms));
/** Nothing listens there. */
const CLOSED = 'http://127.0.0.1:1/';

async function queuePaused(world: RestWorld): Promise<void> {
  await world.ask('POST /v1/queues/default/pause', { body: { reason: 'no paper' } });
  await world.task({ triggers: [{ type: 'interval', everyMs: 1000 }] });
  await pass(world, 110_000);
}

async function calendarMoves(world: RestWorld): Promise<void> {
  const night = { windows: [{ from: '11:00', to: '12:02' }] };
  await world.ask('PUT /v1/settings', { body: { calendars: { night } } });
  const calendars = [{ name: 'night', mode: 'shift' }];
  await world.task({ triggers: [{ type: 'cron', expression: '*/10 * * * * *' }], calendars });
  await pass(world, 130_000);
}

async function storeAway(world: RestWorld): Promise<void> {
  const { ports, readers } = storeOf(world);
  jest.spyOn(ports.health, 'ping').mockImplementation(away);
  jest.spyOn(ports.health, 'figures').mockImplementation(away);
  jest.spyOn(readers.tasks, 'list').mockImplementation(away);
  await world.ask('GET /v1/tasks');
  await pass(world, 75_000);
}

async function storeSlow(world: RestWorld): Promise<void> {
  jest.spyOn(storeOf(world).ports.health, 'ping').mockImplementation(() => world.clock.sleep(2000));
  await pass(world, 10_000);
}

async function noWorker(world: RestWorld): Promise<void> {
  await world.task({ triggers: [{ type: 'interval', everyMs: 1000 }], queue: 'nobody-works-it' });
  await pass(world, 110_000);
}

async function noRoom(world: RestWorld): Promise<void> {
  const long = await world.task({ action: { type: 'noop', durationMs: 20_000 }, overlap: 'allow' });
  for (let runs = 0; runs < 5; runs++) await world.ask(`POST /v1/tasks/${long.id}/run`);
  const misfire = { policy: 'fire-once', graceMs: 1000 };
  await world.task({ triggers: [{ type: 'interval', everyMs: 1000 }], priority: 9, misfire });
  await pass(world, 45_000);
}

async function targetAway(world: RestWorld): Promise<void> {
  const task = await world.task({
    triggers: [{ type: 'interval', everyMs: 5000 }],
    action: { type: 'http', method: 'GET', url: CLOSED },
    retry: { maxAttempts: 2, baseDelayMs: 100 },
    pauseAfterFailures: 1,
  });
  await world.until(async () => (await world.ask(`GET /v1/tasks/${task.id}`)).body.state === 'paused');
}

async function lockLost(world: RestWorld): Promise<void> {
  const { id } = await world.task({ action: { type: 'noop', durationMs: 600_000 } });
  await world.ask(`POST /v1/tasks/${id}/run`);
  await pass(world, 500);
  const { owner } = world.app.get(LockManager, { strict: false });
  await world.app.get(LockStore, { strict: false }).release([`instance/${owner}`], owner);
  await pass(world, 30_000);
}

async function clockSet(world: RestWorld): Promise<void> {
  await pass(world, 2000);
  world.clock.setWall(world.clock.now() - 3_600_000);
  await pass(world, 3000);
}

/** Another instance, as one of another version tells of itself. */
async function otherVersion(world: RestWorld): Promise<void> {
  const id = 'an-older-instance';
  const own = (await world.app.get(InstanceStore, { strict: false }).list())[0]!;
  await world.app.get(LockStore, { strict: false }).acquire([`instance/${id}`], id, 600_000);
  await world.app.get(InstanceStore, { strict: false }).put({ ...own, id, version: '0.0.1' });
  await pass(world, 11_000);
}

async function otherClock(world: RestWorld): Promise<void> {
  const figures = () => Promise.resolve({ clockAt: world.clock.now() - 90_000, file: null });
  jest.spyOn(storeOf(world).ports.health, 'figures').mockImplementation(figures);
  await pass(world, 11_000);
}

async function keyGone(world: RestWorld): Promise<void> {
  const url = 'https://example.org/{{secrets.token}}';
  const action = { type: 'http', method: 'GET', url };
  const { id } = await world.task({ secrets: { token: 'abc' }, retry: { maxAttempts: 1 }, action });
  jest.spyOn(world.app.get(KeyRing, { strict: false }), 'get').mockReturnValue(undefined);
  await world.finished((await world.ask(`POST /v1/tasks/${id}/run`)).body.id);
}

async function eventsFail(world: RestWorld): Promise<void> {
  await world.task({ triggers: [{ type: 'event', event: 'deployed' }] });
  const looking = jest.spyOn(world.app.get(TaskMatcher, { strict: false }), 'look');
  looking.mockRejectedValue(new Error('broken'));
  await world.driven(world.ask('POST /v1/triggers/events/deployed', { body: {} }));
}

async function receiverAway(world: RestWorld): Promise<void> {
  await world.finishedRun();
  await world.until(async () => /outbox_failing\{consumer="\w+"\} 1/.test((await world.ask('GET /metrics')).text));
}

async function trailBehind(world: RestWorld): Promise<void> {
  jest.spyOn(storeOf(world).ports.audit, 'outcomes').mockImplementation(away);
  await world.finishedRun();
  await pass(world, 330_000);
}

async function trailAltered(world: RestWorld, storeUrl: string): Promise<void> {
  for (let made = 0; made < 3; made++) await world.task();
  await withRawTrail(storeUrl, async (trail) => {
    const entries = await trail.entries();
    await trail.replace(entries.map((entry) => ({ ...entry, body: `${entry.body} ` })));
  });
  // So long an instance goes by what it wrote itself.
  await pass(world, 61_000);
  await world.driven(world.task());
  await pass(world, 2000);
}

async function tokensTried(world: RestWorld): Promise<void> {
  const headers = { authorization: 'Bearer nonsense' };
  for (let tries = 0; tries < 70; tries++) await world.ask('GET /v1/tasks', { headers });
}

async function computing(world: RestWorld): Promise<void> {
  await world.ask('GET /metrics');
  for (let times = 0; times < 3; times++) {
    const until = performance.now() + 200;
    while (performance.now() < until);
    // The lag is measured by a timer, whose turn comes after this one; its first one only begins to measure.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

async function fileLoose(world: RestWorld): Promise<void> {
  const file = { bytes: 4e9, freeBytes: 3e9, walBytes: 1e9, diskFreeBytes: 1e8 };
  jest.spyOn(storeOf(world).ports.health, 'figures').mockResolvedValue({ clockAt: null, file });
  await pass(world, 11_000);
}

export const ALERT_FAULTS: readonly AlertFault[] = [
  {
    what: 'a store that is away',
    alerts: ['NotReady', 'StoreAway', 'StoreErrors', 'ReadingsOld', 'HttpErrors'],
    act: storeAway,
  },
  { what: 'a slow store', alerts: ['StoreSlow'], act: storeSlow },
  {
    what: 'a queue that nobody works',
    alerts: ['Overdue', 'NoWorker'],
    options: { engine: { queues: ['default'] } },
    act: noWorker,
  },
  {
    what: 'too few slots',
    alerts: ['StartsLate', 'Saturated', 'OccurrencesMissed'],
    options: { engine: { concurrency: 1 } },
    act: noRoom,
  },
  {
    what: 'a target that is away',
    alerts: ['RunsFailing', 'RetryStorm', 'TasksPaused'],
    options: { httpAllow: ['127.0.0.1'] },
    act: targetAway,
  },
  {
    what: 'a lost lock',
    alerts: ['LockLost', 'Takeover'],
    options: { engine: { lockLifeMs: 10_000, heartbeatMs: 2500 } },
    act: lockLost,
  },
  { what: 'a clock that is set back', alerts: ['ClockStepped'], act: clockSet },
  { what: 'an instance of another version', alerts: ['VersionsDiffer'], act: otherVersion },
  { what: 'a store with another clock', alerts: ['ClockOffset'], act: otherClock },
  { what: 'a key that is gone', alerts: ['SecretsSealed'], act: keyGone },
  { what: 'events that start nothing', alerts: ['EventsFailing'], act: eventsFail },
  { what: 'messages that cannot be read', alerts: ['DeadLetters'], act: putAside },
  {
    what: 'a receiver that is away',
    alerts: ['ReceiverFailing'],
    options: { sinks: { reportingUrl: CLOSED }, httpAllow: ['127.0.0.1'] },
    act: receiverAway,
  },
  { what: 'an audit trail that is behind', alerts: ['AuditLag'], act: trailBehind },
  { what: 'an audit trail that was altered', alerts: ['AuditAlarm'], act: trailAltered },
  { what: 'somebody who tries tokens', alerts: ['Refusals'], act: tokensTried },
  { what: 'code that computes', alerts: ['LoopLag'], act: computing },
  {
    what: 'a file of free pages on a disk that is nearly full',
    alerts: ['FileLoose', 'WalLarge', 'DiskLow'],
    act: fileLoose,
  },
];

export const NO_FAULTS: readonly NoFault[] = [
  {
    what: 'a queue that was paused',
    alerts: ['NoWorker'],
    seen: { name: 'task_runner_tasks_without_worker', labels: { missing: 'paused-queue' }, value: 1 },
    act: queuePaused,
  },
  {
    what: 'a calendar that moves occurrences',
    alerts: ['OccurrencesMissed'],
    seen: {
      name: 'task_runner_occurrences_left_out_total',
      labels: { outcome: 'coalesced', reason: 'calendar' },
      value: 2,
    },
    act: calendarMoves,
  },
];
