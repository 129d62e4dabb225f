import { expect, it } from '@jest/globals';
import type { Run } from '../../src/domain/run.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand, type Call } from '../support/workshop.js';

const SECOND = 1000;
const CREW = { resources: { crew: 1 } };

describeEngine('the policies of a task after a crash', (world) => {
  const starts = (task: { id: string }) =>
    world().workshop.of(task.id).map(({ context }) => [context.run.scheduledFor.getTime() - T0, context.run.attempt]); // prettier-ignore

  /**
   * An instance that claims occurrences of a task and dies `at` ms after T0, and another that starts `afterMs` later.
   */
  const crash = async (fields: Partial<TaskInput>, at: number, afterMs = 50) => {
    const a = await world().boot();
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work(fields));
    await world().advance(at);
    const { owner } = a.locks;
    await a.crash();
    await world().advance(afterMs);
    const b = await world().boot();
    await b.expire(owner);
    await world().advance(1050);
    return { a, b, task };
  };

  it.each(['skip', 'queue', 'replace'] as const)(
    'starts no two armed runs at once under overlap "%s"',
    async (overlap) => {
      const { task } = await crash({ triggers: [every(SECOND)], overlap }, 1500);
      // The first run was under way, two were armed. The run that had begun goes on, unless it is replaced.
      const here = () =>
        world()
          .workshop.of(task.id)
          .filter(({ instance }) => instance === 'b');
      await world().until(() => here().length > 0);
      if (overlap !== 'replace') expect(here()[0]!.context.run.attempt).toBe(2);
      const over = new Set<Call>();
      for (let round = 0; round < 40; round++) {
        await world().advance(250);
        const open = here().filter((call) => !over.has(call) && !call.context.signal.aborted);
        expect(open.length).toBeLessThanOrEqual(1);
        for (const call of round % 4 === 3 ? open : []) {
          call.succeed();
          over.add(call);
        }
      }
    },
  );

  it('gives what was armed to the next as what it is: no attempt is spent, and none has to be explained', async () => {
    const { b, task } = await crash({ triggers: [every(10_000)], onCrash: 'fail' }, 9500);
    await world().advance(1500);
    world().workshop.last().succeed();
    await world().advance(100);
    expect(starts(task)).toEqual([[10_000, 1]]);
    expect((await world().runsOf(task))[0]).toMatchObject({ state: 'succeeded', attempts: [{ number: 1, instance: b.locks.owner }] }); // prettier-ignore
  });

  it.each<[string, Partial<TaskInput>]>([
    ['skip', { misfire: { policy: 'skip' } }],
    ['maxAgeMs', { misfire: { policy: 'fire-once', maxAgeMs: 8000 } }],
    ['startDeadlineMs', { startDeadlineMs: 8000 }],
  ])('does not start what was armed and is too late by %s', async (_, fields) => {
    const { task } = await crash({ triggers: [every(60_000)], ...fields }, 59_500, 13_000);
    await world().advance(SECOND);
    expect(starts(task)).toEqual([]);
    expect(await world().runsOf(task)).toMatchObject([{ state: 'missed', attempts: [] }]);
  });

  it('runs the last of what was armed where one run makes up for all', async () => {
    const { task } = await crash({ triggers: [every(700)], overlap: 'allow', startAt: new Date(T0 + 60_000).toISOString() }, 59_500, 13_000); // prettier-ignore
    await world().advance(SECOND);
    const runs = (await world().runsOf(task)).slice(0, 2);
    expect(runs.map(({ state }) => state)).toEqual(['missed', 'running']);
    expect(runs[0]!.reason).toBe('misfire policy "fire-once"');
  });

  /** Lets the dead instance's units expire, as the store sees it. */
  const giveUnitsBack = (by: EngineInstance, owner: string) => by.lockStore.release(['pool/default/crew/0'], owner);

  /** A run that waits for what another run holds, on an instance that dies. */
  const waiting = async (fields: Partial<TaskInput>): Promise<{ a: EngineInstance; waits: Run; holds: Run }> => {
    const a = await world().boot();
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work(fields));
    const holds = await a.scheduler.runNow(task.id);
    await world().advance(100);
    const waits = await a.scheduler.runNow(task.id);
    await world().advance(100);
    return { a, waits, holds };
  };

  it('spends nothing of a run that only waited for another one, however many instances die meanwhile', async () => {
    const { a, waits, holds } = await waiting({ overlap: 'queue', maxCrashes: 2, timeoutMs: 600_000 });
    const b = await world().boot();
    await a.crash(b);
    await world().until(() => world().workshop.calls.length === 2, 'the one that had begun goes on');
    await world().advance(200);
    expect(await b.scheduler.getRun(waits.id)).toMatchObject({ state: 'pending', attempt: 1, attempts: [] });
    const c = await world().boot();
    await b.crash(c);
    // Two instances have died while the first run was under way, which ends it. The waiting run has its first attempt.
    expect((await world().inState(holds, 'failed')).attempts).toHaveLength(2);
    await world().until(() => world().workshop.calls.length === 3);
    world().workshop.last().succeed();
    expect((await world().inState(waits, 'succeeded')).attempts).toMatchObject([{ number: 1 }]);
  });

  it('spends nothing of a run that only waited for units of a pool, however many instances die meanwhile', async () => {
    const { a, waits } = await waiting({ ...CREW, overlap: 'allow', maxCrashes: 2, onCrash: 'fail' });
    const { owner } = a.locks;
    let dying = a;
    for (let deaths = 0; deaths < 3; deaths++) {
      const heir = await world().boot();
      await dying.crash(heir);
      await world().until(async () => (await heir.scheduler.getRun(waits.id)).owner === heir.locks.owner);
      await world().advance(300);
      expect(await heir.scheduler.getRun(waits.id)).toMatchObject({ state: 'pending', attempt: 1, attempts: [] });
      dying = heir;
    }
    await giveUnitsBack(dying, owner);
    await world().until(() => world().workshop.calls.length === 2);
    world().workshop.last().succeed();
    expect((await world().inState(waits, 'succeeded')).attempts).toMatchObject([{ number: 1 }]);
  });

  it('calls what only waited where a crash fails what has begun', async () => {
    const { a, waits, holds } = await waiting({ ...CREW, overlap: 'allow', onCrash: 'fail' });
    const b = await world().boot();
    const { owner } = a.locks;
    await a.crash(b);
    await giveUnitsBack(b, owner);
    await world().inState(holds, 'failed');
    await world().until(() => world().workshop.calls.length === 2);
    world().workshop.last().succeed();
    expect((await world().inState(waits, 'succeeded')).attempt).toBe(1);
  });

  it('spends no attempt on what was armed before a change and had not begun', async () => {
    const a = await world().boot();
    const task = await a.scheduler.schedule(work({ triggers: [every(10_000)], onCrash: 'fail' }));
    await world().advance(9200);
    const b = await world().boot();
    const { owner } = a.locks;
    const [armed] = await world().runsOf(task);
    expect(armed).toMatchObject({ state: 'pending', owner });
    const changed = b.scheduler.change(task.id, { name: 'changed' });
    await world().advance(100);
    await a.crash();
    await world().advance(1500);
    await b.expire(owner);
    await world().done(changed);
    await world().until(() => world().workshop.calls.length > 0);
    expect(starts(task)[0]).toEqual([10_000, 1]);
    expect((await b.scheduler.getRun(armed!.id)).attempts.filter(({ outcome }) => outcome === 'lost')).toEqual([]);
  });

  it('follows onCrash where it may have begun, and explains it without a time that nobody knows', async () => {
    const a = await world().boot();
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ triggers: [every(10_000)], onCrash: 'fail' }));
    await world().advance(10_000);
    expect(world().workshop.calls).toHaveLength(1);
    const b = await world().boot();
    await a.crash(b);
    await world().advance(13_000);
    const [run] = await world().runsOf(task);
    expect(run).toMatchObject({ state: 'failed', attempts: [{ outcome: 'lost', startedAt: null }] });
    const { sentence, evidence } = await b.scheduler.explain(task.id, new Date(T0 + 10_000));
    expect(`${sentence} ${JSON.stringify(evidence)}`).not.toMatch(/-\d+ ms/);
    expect(sentence).toContain('may have begun, and failed');
  });

  it('lets runs that had begun go on one after the other, and what comes due meanwhile wait for them', async () => {
    const a = await world().boot();
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ overlap: 'allow' }));
    for (let run = 0; run < 3; run++) await a.scheduler.runNow(task.id);
    await world().advance(100);
    await world().done(a.scheduler.change(task.id, { overlap: 'queue' }));
    const b = await world().boot();
    await a.crash(b);
    for (let done = 1; done <= 3; done++) {
      await world().until(() => world().workshop.calls.length === 3 + done);
      await world().advance(SECOND);
      expect(world().workshop.calls).toHaveLength(3 + done);
      world().workshop.last().succeed();
    }
    await world().until(async () => (await world().runsOf(task)).every(({ state }) => state === 'succeeded'));
  });

  it('keeps tasks that are due each second from skipping when an instance joins', async () => {
    await world().boot();
    const tasks = [];
    for (let count = 0; count < 8; count++) {
      tasks.push(await world().instances[0]!.scheduler.schedule(work({ triggers: [every(SECOND)] })));
    }
    await world().advance(2600);
    await world().boot();
    await world().advance(7000);
    for (const task of tasks) {
      const runs = await world().runsOf(task);
      expect(runs.filter(({ state }) => state === 'skipped')).toEqual([]);
      expect(Math.max(...runs.map(({ latenessMs }) => latenessMs ?? 0))).toBeLessThan(900);
    }
  });
});
