import { expect, it } from '@jest/globals';
import { occurrenceRunId } from '../../src/domain/ids.js';
import type { LedgerEntry } from '../../src/domain/ledger.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { newRun } from '../../src/scheduling/planning/new-run.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { HttpTarget } from '../support/http-target.js';

/** The time between occurrences: longer than the grace, and otherwise as short as possible. */
const STEP = 20_000;

describeEngine('misfires', (world) => {
  /** A task due at each step: three steps with an instance, then a downtime of a little more than ten. */
  const downtime = async (misfire: TaskInput['misfire'], endsAt = T0 + 13.5 * STEP) => {
    const a = await world().boot();
    const task = await a.scheduler.schedule(work({ triggers: [every(STEP)], overlap: 'allow', misfire }));
    await world().advance(3 * STEP);
    await world().done(a.stop());
    await world().clock.advanceTo(endsAt);
    const { runStore } = await world().boot();
    await world().advance(2 * STEP);
    const range = { from: T0, before: T0 + 60 * STEP, limit: 100 };
    const ledger = await runStore.ledger('default', task.id, range);
    return { task, ledger, started: stepsOf(task) };
  };
  const stepsOf = (task: { id: string }) =>
    world()
      .workshop.of(task.id)
      .map(({ context }) => (context.run.scheduledFor.getTime() - T0) / STEP);
  const inSteps = ({ from, to, count, outcome }: LedgerEntry) => [outcome, (from - T0) / STEP, (to - T0) / STEP, count];
  /** Each of the steps 1 to `until` has exactly one outcome. */
  const expectPartition = (runs: number[], ledger: LedgerEntry[], until: number) => {
    const written = ledger.flatMap(({ from, to, count }) => {
      const steps = [];
      for (let at = from; at <= to; at += STEP) steps.push((at - T0) / STEP);
      expect(steps).toHaveLength(count);
      return steps;
    });
    const all = [...runs, ...written].toSorted((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: until }, (_, i) => i + 1));
  };

  it.each(['fire-once', 'fire-all', 'skip'] as const)(
    'gives each occurrence one outcome under "%s" where the store got a run, and not the rest of its claim',
    async (policy) => {
      const observer = await world().boot({ engine: { work: false } });
      const misfire = { policy };
      const task = await observer.scheduler.schedule(work({ triggers: [every(STEP)], overlap: 'allow', misfire }));
      // Step 2 was about to be claimed, and of a stretch up to step 4 the last occurrence.
      for (const step of [2, 4]) {
        const at = T0 + step * STEP;
        const when = { trigger: 'schedule', scheduledFor: at, dueAt: at, createdAt: at, owner: 'dead' } as const;
        const stored = { ...task, next: { scheduledFor: at, dueAt: at } };
        await observer.runStore.insert([newRun(stored, { id: occurrenceRunId(task.id, at), ...when })]);
      }
      await world().clock.advanceTo(T0 + 8.5 * STEP);
      await world().boot();
      await world().advance(2 * STEP);
      const range = { from: T0, before: T0 + 60 * STEP, limit: 100 };
      expectPartition(stepsOf(task), await observer.runStore.ledger('default', task.id, range), 10);
    },
  );

  it('tells the notifier of what a downtime has cost, also when the instance dies that found it', async () => {
    const receiver = await HttpTarget.start((response) => response.writeHead(503).end());
    const told = () => receiver.requests.map(({ body }) => JSON.parse(body) as { id: string; type: string });
    const options = { sinks: { notificationUrl: receiver.url }, httpAllow: ['127.0.0.1'] };
    try {
      const a = await world().boot(options);
      const task = await a.scheduler.schedule(work({ triggers: [every(STEP)], misfire: { policy: 'skip' } }));
      await world().done(a.stop());
      await world().clock.advanceTo(T0 + 3.5 * STEP);
      const [b, c] = [await world().boot(options), await world().boot(options)];
      await world().until(() => receiver.requests.length > 0);
      // Nothing was delivered so far; by now b or c has told of it.
      await b.crash(c);
      receiver.answer = (response) => response.writeHead(200).end();
      receiver.requests.length = 0;
      await world().until(() => told().some(({ type }) => type === 'task.missed'));
      const missed = told().filter(({ type }) => type === 'task.missed');
      const instants = { from: new Date(T0 + STEP).toISOString(), to: new Date(T0 + 3 * STEP).toISOString(), count: 3 };
      expect(missed[0]).toMatchObject({ taskId: task.id, ...instants, reason: 'misfire policy "skip"' });
      expect(new Set(missed.map(({ id }) => id)).size).toBe(1);
    } finally {
      await receiver.close();
    }
  });

  it('fire-once: runs the last missed occurrence and coalesces those before it', async () => {
    const { ledger, started } = await downtime({ policy: 'fire-once' });
    expect(started).toEqual([1, 2, 3, 13, 14, 15]);
    expect(ledger.map(inSteps)).toEqual([['coalesced', 4, 12, 9]]);
    expectPartition(started, ledger, 15);
  });

  it('fire-all: runs every missed occurrence, oldest first', async () => {
    const { ledger, started } = await downtime({ policy: 'fire-all' });
    expect(started).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(ledger).toEqual([]);
  });

  it.each(['queue', 'replace'] as const)(
    'fire-all: goes by nominal time where the overlap policy is %s',
    async (overlap) => {
      const a = await world().boot();
      const misfire = { policy: 'fire-all' } as const;
      const task = await a.scheduler.schedule(work({ triggers: [every(STEP)], overlap, misfire }));
      await world().done(a.stop());
      await world().clock.advanceTo(T0 + 12.5 * STEP);
      const b = await world().boot();
      const { clock, workshop } = world();
      workshop.answering = ({ context }) => clock.sleep(20, context.signal);
      await world().advance(STEP);
      const started = stepsOf(task);
      expect(started).toEqual(started.toSorted((x, y) => x - y));
      expect(started.at(-1)).toBe(13);
      const states = (await world().runsOf(task)).map(({ state }) => state);
      expect(states).toHaveLength(13);
      if (overlap === 'queue') expect(new Set(states)).toEqual(new Set(['succeeded']));
      else expect(states.slice(-2)).toEqual(['succeeded', 'succeeded']);
      expect(b.slots.taken).toBe(0);
    },
  );

  it('fire-all: runs the latest maxCount of them', async () => {
    const { ledger, started } = await downtime({ policy: 'fire-all', maxCount: 4 });
    expect(started).toEqual([1, 2, 3, 10, 11, 12, 13, 14, 15]);
    expect(ledger.map(inSteps)).toEqual([['missed', 4, 9, 6]]);
    expectPartition(started, ledger, 15);
  });

  it('fire-all: runs none that is older than maxAgeMs', async () => {
    const { ledger, started } = await downtime({ policy: 'fire-all', maxAgeMs: 3 * STEP });
    expect(started).toEqual([1, 2, 3, 11, 12, 13, 14, 15]);
    expect(ledger.map(inSteps)).toEqual([['missed', 4, 10, 7]]);
    expectPartition(started, ledger, 15);
  });

  it('skip: runs none of them', async () => {
    const { ledger, started } = await downtime({ policy: 'skip' });
    expect(started).toEqual([1, 2, 3, 14, 15]);
    expect(ledger.map(inSteps)).toEqual([['missed', 4, 13, 10]]);
    expectPartition(started, ledger, 15);
  });

  it('counts what is within its grace as on time', async () => {
    const { ledger, started } = await downtime({ policy: 'skip', graceMs: STEP });
    expect(started).toEqual([1, 2, 3, 13, 14, 15]);
    expect(ledger.map(inSteps)).toEqual([['missed', 4, 12, 9]]);
    expectPartition(started, ledger, 15);
  });

  it('fire-once: runs nothing when all of it is too old', async () => {
    const { ledger, started } = await downtime({ policy: 'fire-once', maxAgeMs: STEP / 4 });
    expect(started).toEqual([1, 2, 3, 14, 15]);
    expect(ledger.map(inSteps)).toEqual([['missed', 4, 13, 10]]);
  });

  it('writes one entry for a month of downtime', async () => {
    const month = 30 * 24 * 60;
    const { ledger, started } = await downtime({ policy: 'fire-once' }, T0 + (month + 0.5) * STEP);
    expect(started).toEqual([1, 2, 3, month, month + 1, month + 2]);
    expect(ledger.map(inSteps)).toEqual([['coalesced', 4, month - 1, month - 4]]);
  });

  it('runs what came due while the store could not be written', async () => {
    const { scheduler, gate, slots } = await world().boot();
    const task = await scheduler.schedule(work({ triggers: [every(STEP)] }));
    await world().advance(0.5 * STEP);
    const back = gate.fail('open', 'dueBetween');
    await world().advance(0.52 * STEP);
    back();
    await world().advance(1.5 * STEP);
    expect(stepsOf(task)).toEqual([1, 2]);
    expect((await world().runsOf(task))[0]!.latenessMs).toBeGreaterThan(0);
    expect(slots.taken).toBe(0);
  });
});
