import { expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import type { Run } from '../../src/domain/run.js';
import { OnOutcome, type OutcomeContext } from '../../src/index.js';
import { HeldRuns } from '../../src/scheduling/holding/held-runs.js';
import { describeEngine, work } from '../support/engine-world.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { byHand } from '../support/workshop.js';

const HOUR = 3_600_000;
const text = 'x'.repeat(10_000);
const parameters = { text };

describeEngine('what a run carries', (world) => {
  const inMemory = (instance: EngineInstance, { id }: Pick<Run, 'id'>) => instance.of(HeldRuns).get(id)!.run;
  const calls = () => world().workshop.calls.map(({ context }) => context);

  it('is not in memory while the run waits for another one, and is whole when it starts', async () => {
    const a = await world().boot();
    world().workshop.answering = byHand;
    const triggers = [{ type: 'event' as const, event: 'built' }, { type: 'manual' as const }];
    const task = await a.scheduler.schedule(work({ triggers, overlap: 'queue', timeoutMs: HOUR }));
    await a.scheduler.raise('built', { text, number: 1 });
    await world().advance(100);
    await a.scheduler.raise('built', { text, number: 2 });
    await world().advance(100);
    const byHandToo = await a.scheduler.runNow(task.id, { parameters });
    await world().advance(100);
    const [, second] = await world().runsOf(task);
    expect([inMemory(a, second!).event!.data, inMemory(a, byHandToo).parameters]).toEqual([null, undefined]);
    expect((await a.scheduler.getRun(second!.id)).event!.data).toEqual({ text, number: 2 });
    for (const count of [2, 3]) {
      world().workshop.last().succeed();
      await world().until(() => calls().length === count);
    }
    expect(calls().map(({ event }) => event?.data ?? null)).toEqual([{ text, number: 1 }, { text, number: 2 }, null]);
    expect(calls()[2]!.parameters).toEqual(parameters);
  });

  it('is not in memory while the run waits for its next attempt, and is whole in that', async () => {
    const a = await world().boot();
    world().workshop.answering = ({ context }) =>
      context.attempt === 1 ? Promise.reject(new Error('no luck')) : Promise.resolve(null);
    const retry = { jitter: 0, maxAttempts: 2, baseDelayMs: 60_000 };
    const task = await a.scheduler.schedule(work({ retry }));
    const run = await a.scheduler.runNow(task.id, { parameters });
    await world().inState(run, 'retrying');
    expect(inMemory(a, run).parameters).toBeUndefined();
    await world().inState(run, 'succeeded');
    expect(calls().map((context) => context.parameters)).toEqual([parameters, parameters]);
  });

  it('is whole on the instance that goes on with the run after another one has ended', async () => {
    const a = await world().boot();
    await world().boot();
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ overlap: 'queue', timeoutMs: HOUR }));
    await a.scheduler.runNow(task.id);
    await world().advance(100);
    const run = await a.scheduler.runNow(task.id, { parameters });
    await world().advance(100);
    await world().done(a.end());
    const onB = () => world().workshop.calls.filter(({ instance }) => instance === 'b');
    await world().until(() => onB().length === 1);
    onB()[0]!.succeed();
    await world().until(() => onB().length === 2);
    expect(onB().find(({ context }) => context.run.id === run.id)!.context.parameters).toEqual(parameters);
  });

  it('fails the run where the instance that takes it up cannot read that', async () => {
    const a = await world().boot({ engine: { work: false } });
    const b = await world().boot();
    const task = await a.scheduler.schedule(work());
    const byIds = b.runStore.byIds.bind(b.runStore);
    b.runStore.byIds = async (...asked) =>
      (await byIds(...asked)).map((run) => (run.parameters ? { ...run, unreadable: 'the bits are gone' } : run));
    const run = await a.scheduler.runNow(task.id, { parameters });
    const ended = await world().inState(run, 'failed');
    expect(ended.reason).toContain('the bits are gone');
    expect(calls()).toEqual([]);
  });

  it('is told when the run ends without having started', async () => {
    const told: unknown[] = [];
    @Injectable()
    class Hooks {
      @OnOutcome()
      end(context: OutcomeContext): void {
        told.push([context.outcome, context.parameters]);
      }
    }
    const a = await world().boot({ host: { providers: [Hooks] } });
    world().workshop.answering = byHand;
    const task = await a.scheduler.schedule(work({ overlap: 'queue', timeoutMs: HOUR }));
    await a.scheduler.runNow(task.id);
    await world().advance(100);
    const run = await a.scheduler.runNow(task.id, { parameters });
    await world().advance(100);
    expect(inMemory(a, run).parameters).toBeUndefined();
    await world().done(a.scheduler.cancelRun(run.id));
    await world().advance(100);
    expect(told).toEqual([['cancelled', parameters]]);
  });
});
