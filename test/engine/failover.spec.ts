import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { TaskState } from '../../src/domain/task.js';
import { lendDatabase } from '../conformance/mongo-databases.js';
import { T0 } from '../support/builders.js';
import { EngineWorld, every, work } from '../support/engine-world.js';
import { FAILOVER, FailoverProxy, type Failure } from '../support/failover-proxy.js';

const uri = process.env['MONGODB_URI'];
const isSingle = uri !== undefined && /^mongodb:\/\/[^,@]+$/.test(uri) && !uri.includes('tls=true');
const suite = isSingle ? describe : describe.skip;

/** The server keeps the locks by its own clock, which is not the world's. */
const PATIENT = { engine: { lockLifeMs: 3_600_000, heartbeatMs: 600_000 } };
const SECOND = 1000;
const SECONDS = 15;
const TASKS = 4;

suite('an engine on MongoDB in a failover', () => {
  let proxy: FailoverProxy;
  let world: EngineWorld;

  beforeEach(async () => {
    proxy = await FailoverProxy.to(uri!);
    const { url, giveBack } = await lendDatabase(uri!);
    const clear = async () => {
      await proxy.close();
      giveBack();
    };
    world = new EngineWorld({ storeUrl: proxy.before(url), durability: 'full', files: () => [], clear });
  });
  afterEach(async () => {
    proxy.recover();
    await world.end();
  });

  /** Each second of the tasks' lives is one run that was begun once, or says why it is none. */
  async function expectEachOnce(ids: readonly string[], until: number): Promise<number> {
    const { runStore } = world.instances[0]!;
    let started = 0;
    for (const id of ids) {
      // Later ones are claimed ahead of their time.
      const runs = (await world.runsOf({ id })).filter(({ scheduledFor }) => scheduledFor < until);
      const begun = runs.filter(({ state }) => state === 'succeeded').map((run) => run.id);
      const left = runs.filter(({ state }) => state === 'skipped' || state === 'missed');
      expect([id, begun.length + left.length]).toEqual([id, runs.length]);
      const calls = world.workshop.of(id).filter(({ context }) => context.run.scheduledFor.getTime() < until);
      expect(calls.map(({ context }) => context.run.id).toSorted()).toEqual(begun.toSorted());
      const entries = await runStore.ledger('default', id, { from: T0, before: until, limit: 1000 });
      const without = entries.reduce((sum, { count }) => sum + count, 0);
      expect([id, runs.length + without]).toEqual([id, (until - T0) / SECOND - 1]);
      started += begun.length;
    }
    return started;
  }

  /** Lets the tasks work for some time, while the server fails at each so many-th statement in one of these ways, and then in peace. */
  async function worked(each: number, ways: readonly Failure[]): Promise<number> {
    const { scheduler } = await world.boot(PATIENT);
    const tasks = [];
    for (let made = 0; made < TASKS; made++) tasks.push(await scheduler.schedule(work({ triggers: [every(SECOND)] })));
    let asked = 0;
    proxy.fail(() => (++asked % each === 0 ? ways[(asked / each) % ways.length]! : null));
    await world.advance(SECONDS * SECOND);
    proxy.recover();
    // In the middle of a second, so that what was due has ended.
    await world.advance(5 * SECOND + SECOND / 2);
    const until = T0 + (SECONDS + 5) * SECOND;
    expect((await scheduler.get(tasks[0]!.id)).state).toBe('active' satisfies TaskState);
    return expectEachOnce(
      tasks.map(({ id }) => id),
      until,
    );
  }

  it('starts each occurrence once while now and then a statement is answered by a member that is the primary no more', async () => {
    expect(await worked(5, FAILOVER)).toBeGreaterThan(SECONDS * TASKS * 0.5);
    expect(proxy.failures).toBeGreaterThan(FAILOVER.length);
  }, 120_000);

  it('starts each occurrence once while connections break before and after the work', async () => {
    expect(await worked(5, ['cut', 'lose'])).toBeGreaterThan(SECONDS * TASKS * 0.5);
    expect(proxy.failures).toBeGreaterThan(10);
  }, 120_000);

  it('goes on by itself after an election in which nothing worked', async () => {
    const { scheduler } = await world.boot(PATIENT);
    const task = await scheduler.schedule(work({ triggers: [every(SECOND)] }));
    await world.advance(2 * SECOND + 500);
    const before = world.workshop.calls.length;
    proxy.fail(() => 10_107);
    await world.advance(2 * SECOND);
    expect(proxy.failures).toBeGreaterThan(3);
    proxy.recover();
    await world.until(() => world.workshop.calls.length > before + 3);
    await world.advance(SECOND);
    const until = Math.floor(world.clock.now() / SECOND) * SECOND;
    await world.advance(SECOND / 2);
    await expectEachOnce([task.id], until);
  }, 120_000);
});
