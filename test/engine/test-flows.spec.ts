import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { FlowEngine } from '../../examples/test-flow-engine/src/engine.js';
import type { TaskInput } from '../../src/domain/task-definition.js';
import type { Completion } from '../../src/scheduling/runs/completion.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, work } from '../support/engine-world.js';
import { HttpTarget } from '../support/http-target.js';

describeEngine('test flows', (world) => {
  let engine: FlowEngine;
  let api: HttpTarget;
  let file: string;
  let called: EngineInstance | null;

  beforeEach(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'flows-')), 'flows.json');
    engine = await FlowEngine.start({ file, apiKey: 'key' });
    called = null;
    // Stands for the API of an instance.
    api = await HttpTarget.start((response, { path, body }) => {
      const [, , , id = ''] = path.split('/');
      const done = called?.runs.complete('default', id, JSON.parse(body) as Completion);
      void Promise.resolve(done).then(
        () => response.end(),
        () => response.writeHead(409).end(),
      );
    });
  });
  afterEach(async () => {
    await engine.close();
    await api.close();
    await rm(dirname(file), { recursive: true });
  });

  const boot = () => world().boot({ sinks: { executionEngineUrl: engine.url }, publicUrl: api.url });
  const flow = (fields: Partial<TaskInput> = {}) =>
    work({ action: { type: 'test-flow', flowId: 'smoke' }, timeoutMs: 600_000, ...fields });
  const underWay = () => world().until(() => engine.runsIn('running').length === 1);
  /** The engine ends and starts again, at the same address. */
  const restart = async () => {
    const { port } = engine;
    await engine.close();
    await world().advance(5000);
    engine = await FlowEngine.start({ file, port, apiKey: 'key' });
  };

  it('are followed by questions to an engine that restarts in the middle', async () => {
    const a = await boot();
    const run = await a.scheduler.runNow((await a.scheduler.schedule(flow())).id);
    await underWay();
    await world().advance(5000);
    await restart();
    expect((await a.scheduler.getRun(run.id)).state).toBe('running');
    await engine.finish(run.id, { state: 'succeeded', output: { passed: 12 } });
    expect(await world().inState(run, 'succeeded')).toMatchObject({ output: { passed: 12 }, attempt: 1 });
    expect(engine.started).toBe(0);
  });

  it('end by the call-back of their engine, on any instance, without a question', async () => {
    const [a, b] = [await boot(), await boot()];
    called = b;
    const run = await a.scheduler.runNow((await a.scheduler.schedule(flow())).id);
    await underWay();
    await world().advance(100);
    await world().done(engine.finish(run.id, { state: 'succeeded', output: 'called back' }));
    expect(await world().inState(run, 'succeeded')).toMatchObject({ output: 'called back', attempt: 1 });
    await world().until(() => a.slots.taken === 0);
  });

  it.each(['stops', 'dies'])('are started once when their instance %s, and followed by another one', async (how) => {
    const [a, b] = [await boot(), await boot()];
    const run = await a.scheduler.runNow((await a.scheduler.schedule(flow())).id);
    await underWay();
    await world().advance(200);
    await (how === 'stops' ? world().done(a.stop()) : a.crash(b));
    await world().until(() => b.slots.taken === 1);
    await world().advance(2000);
    await engine.finish(run.id, { state: 'succeeded', output: 1 });
    expect(await world().inState(run, 'succeeded')).toMatchObject({ output: 1, attempt: 1 });
    expect(engine.started).toBe(1);
  });

  it('are started again by a further attempt when they have failed', async () => {
    const a = await boot();
    const retry = { jitter: 0, maxAttempts: 2 };
    const run = await a.scheduler.runNow((await a.scheduler.schedule(flow({ retry }))).id);
    for (const attempt of [1, 2]) {
      await underWay();
      await engine.finish(run.id, { state: 'failed', error: `two of twelve, at ${attempt}`, output: attempt });
      await world().until(async () => (await a.scheduler.getRun(run.id)).attempts.length === attempt);
    }
    const failed = await world().inState(run, 'failed');
    expect(failed).toMatchObject({
      reason: 'two of twelve, at 2',
      output: 2,
      attempts: [{}, { error: { code: 'flow-failed' } }],
    });
    expect(engine.started).toBe(2);
  });

  it('are cancelled with their run, and time out with it', async () => {
    const a = await boot();
    const task = await a.scheduler.schedule(flow({ overlap: 'allow', timeoutMs: 20_000, retry: { maxAttempts: 1 } }));
    const first = await a.scheduler.runNow(task.id);
    await underWay();
    await world().done(a.runs.cancel('default', first.id));
    await world().until(() => engine.runsIn('cancelled').includes(first.id));
    const second = await a.scheduler.runNow(task.id);
    await underWay();
    expect(await world().inState(second, 'timed_out')).toMatchObject({ attempt: 1 });
    await world().until(() => engine.runsIn('cancelled').includes(second.id));
  });
});
