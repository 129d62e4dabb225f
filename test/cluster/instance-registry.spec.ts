import { expect, it } from '@jest/globals';
import { packageVersion } from '../../src/cluster/package-version.js';
import { SHARDS } from '../../src/domain/shards.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const VITALS = { eventLoopLagMs: expect.any(Number), rssBytes: expect.any(Number) };

const HEARTBEAT_MS = 2500;
const MINUTE_MS = 60_000;

describeEngine('the registry of instances', (world) => {
  /** Two instances; the second started a second later. */
  const two = async () => {
    const a = await world().boot();
    await world().advance(1000);
    return [a, await world().boot({ engine: { concurrency: 7 } })] as const;
  };
  const listedBy = (instance: EngineInstance) => world().done(instance.registry.list());
  const idsBy = async (instance: EngineInstance) => (await listedBy(instance)).map(({ id }) => id);
  const aliveBy = async (instance: EngineInstance) =>
    Object.fromEntries((await listedBy(instance)).map(({ id, alive }) => [id, alive]));

  it('shows every instance to each of them, newest first', async () => {
    const [a, b] = await two();
    const common = {
      version: packageVersion(),
      running: 0,
      alive: true,
      saturated: false,
      leaving: false,
      work: {
        works: true,
        queues: null,
        actions: ['http', 'event', 'test-flow', 'noop', 'handler'],
        handlers: ['work'],
        triggerTypes: [],
      },
      present: [],
      heldUp: [],
      fullPlaces: [],
      retention: { runsDays: 30, eventsDays: 7, auditDays: 365 },
      settingsVersion: 0,
      // The clock of the test is another than that of a server.
      vitals: expect.objectContaining(VITALS),
    };
    const [listedB, listedA] = await listedBy(a);
    expect(listedA!.shards + listedB!.shards).toBe(SHARDS);
    expect(Math.min(listedA!.shards, listedB!.shards)).toBeGreaterThan(0);
    const expected = [
      { ...common, id: b.locks.owner, startedAt: T0 + 1000, heartbeatAt: T0 + 1000, concurrency: 7, shards: listedB!.shards }, // prettier-ignore
      { ...common, id: a.locks.owner, startedAt: T0, heartbeatAt: T0, concurrency: 1000, shards: listedA!.shards },
    ];
    expect([listedB, listedA]).toEqual(expected);
    expect(await listedBy(b)).toEqual(expected);
  });

  it('tells at each heartbeat how many runs an instance is working on', async () => {
    const [a, b] = await two();
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work());
    await a.scheduler.runNow(task.id);
    await world().advance(HEARTBEAT_MS);
    const [, first] = await listedBy(b);
    expect(first).toMatchObject({ id: a.locks.owner, running: 1, heartbeatAt: T0 + HEARTBEAT_MS, startedAt: T0 });
    world().workshop.last().succeed();
    await world().advance(HEARTBEAT_MS);
    expect((await listedBy(b))[1]).toMatchObject({ running: 0, heartbeatAt: T0 + 2 * HEARTBEAT_MS });
  });

  it('tells that an instance has no slot left', async () => {
    const [a, b] = await two();
    world().workshop.answering = byHand;
    const task = await b.scheduler.schedule(work({ overlap: 'allow' }));
    for (let i = 0; i < 7; i++) await b.scheduler.runNow(task.id);
    await world().advance(HEARTBEAT_MS);
    expect(await listedBy(a)).toMatchObject([{ running: 7, saturated: true }, { saturated: false }]);
  });

  it('shows a crashed instance as dead, and forgets it after a minute', async () => {
    const [a, b] = await two();
    const former = a.locks.owner;
    await a.crash(b);
    await world().advance(MINUTE_MS - 2000);
    expect(await aliveBy(b)).toEqual({ [former]: false, [b.locks.owner]: true });
    await world().advance(MINUTE_MS + 2 * HEARTBEAT_MS);
    expect(await idsBy(b)).toEqual([b.locks.owner]);
  });

  it('keeps the entry of an instance that stops until its runs are finished, and removes it then', async () => {
    const [a, b] = await two();
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work());
    await a.scheduler.runNow(task.id);
    await world().advance(100);
    const stopping = a.stop();
    await world().advance(2 * HEARTBEAT_MS);
    const [staying, leaving] = await listedBy(b);
    expect(leaving).toMatchObject({ id: a.locks.owner, running: 1, alive: true, leaving: true, shards: 0 });
    expect(staying).toMatchObject({ leaving: false, shards: SHARDS });
    world().workshop.last().succeed();
    await world().done(stopping);
    expect(await idsBy(b)).toEqual([b.locks.owner]);
  });

  it('writes under its new id after it has lost its lock', async () => {
    const [a, b] = await two();
    const former = a.locks.owner;
    await b.expire(former);
    await world().until(() => a.locks.isHeld() && a.locks.owner !== former);
    await world().advance(HEARTBEAT_MS);
    expect(await aliveBy(b)).toEqual({ [former]: false, [a.locks.owner]: true, [b.locks.owner]: true });
    await world().advance(2 * MINUTE_MS + 2 * HEARTBEAT_MS);
    expect((await idsBy(b)).sort()).toEqual([a.locks.owner, b.locks.owner].sort());
  });

  it('goes on after an outage of the store', async () => {
    const [a, b] = await two();
    const over = a.gate.fail('put', 'remove');
    await world().advance(4 * HEARTBEAT_MS);
    expect((await listedBy(b))[1]).toMatchObject({ heartbeatAt: T0, alive: true });
    expect(world().logged.filter((line) => line.includes('could not write its entry'))).not.toEqual([]);
    over();
    await world().advance(HEARTBEAT_MS);
    expect((await listedBy(b))[1]!.heartbeatAt).toBeGreaterThan(T0 + 4 * HEARTBEAT_MS);
  });

  it('stops although its entry cannot be removed, and leaves that to the others', async () => {
    const [a, b] = await two();
    a.gate.fail('remove');
    await world().done(a.stop());
    expect(await aliveBy(b)).toEqual({ [a.locks.owner]: false, [b.locks.owner]: true });
    await world().advance(2 * MINUTE_MS + 2 * HEARTBEAT_MS);
    expect(await idsBy(b)).toEqual([b.locks.owner]);
  });
});
