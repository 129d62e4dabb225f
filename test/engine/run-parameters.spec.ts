import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { IdempotencyKeyReusedError, InvalidInputError, NotFoundError } from '../../src/index.js';
import { HandlerRegistry } from '../../src/integrations/handler/handler-registry.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, work } from '../support/engine-world.js';
import { atOnce } from '../support/workshop.js';

const PARAMETERS = { suite: 'all', depth: 1 };

describeEngine('a run with parameters of its own', (world) => {
  const taskOn = (instance: EngineInstance, fields = {}) =>
    world().done(instance.scheduler.schedule(work({ parameters: PARAMETERS, ...fields })));
  const parametersOf = (id: string) =>
    world().workshop.calls.find(({ context }) => context.run.id === id)?.context.parameters;

  it('is called with them, keeps them, and gives them to the run that repeats it', async () => {
    const instance = await world().boot();
    const task = await taskOn(instance, { retry: { maxAttempts: 1 } });
    world().workshop.answering = () => Promise.reject(new Error('no'));
    const parameters = { suite: 'smoke', __proto__: null, nested: { constructor: [1, null] } };
    const run = await world().done(instance.scheduler.runNow(task.id, { parameters }));
    await world().inState(run, 'failed');
    const plain = await world().done(instance.scheduler.runNow(task.id));
    await world().inState(plain, 'failed');
    // Of runs from one millisecond, none is older.
    await world().advance(10);
    const other = await world().done(instance.scheduler.runNow(task.id, { parameters: { suite: 'other' } }));
    await world().inState(other, 'failed');
    world().workshop.answering = atOnce;
    const again = await world().done(instance.scheduler.retryRun(run.id));
    await world().inState(again, 'succeeded');
    await world().done(instance.scheduler.retryRuns({ taskId: task.id }));
    await world().until(() => world().workshop.calls.length === 6);
    const driven = world().workshop.calls.slice(4);
    const expected = { suite: 'smoke', nested: { constructor: [1, null] } };
    expect([parametersOf(run.id), parametersOf(again.id), parametersOf(plain.id)]).toEqual([
      expected,
      expected,
      PARAMETERS,
    ]);
    expect(driven.map(({ context }) => context.parameters)).toEqual([PARAMETERS, { suite: 'other' }]);
    expect((await world().done(instance.scheduler.getRun(run.id))).parameters).toEqual(expected);
    expect((await world().done(instance.scheduler.getRun(plain.id))).parameters).toBeUndefined();
    expect((await world().done(instance.scheduler.get(task.id))).definition.parameters).toEqual(PARAMETERS);
  });

  it('is refused where they do not fit the handler, are no JSON or too large', async () => {
    const instance = await world().boot({ handlers: ['work'] });
    const registry = instance.module.get(HandlerRegistry, { strict: false });
    registry.register('strict', () => null, { parameters: z.strictObject({ day: z.int() }) });
    const task = await taskOn(instance, { action: { type: 'handler', name: 'strict' }, parameters: { day: 1 } });
    const refused = async (parameters: unknown) => {
      const asked = instance.scheduler.runNow(task.id, { parameters: parameters as never });
      return world().done(asked.then(() => null, (error: unknown) => error)); // prettier-ignore
    };
    expect(await refused({ day: 'monday' })).toMatchObject({ faults: [{ pointer: '/parameters/day' }] });
    expect(await refused({ day: 1n })).toMatchObject({ faults: [{ pointer: '/parameters/day' }] });
    expect(await refused([1])).toMatchObject({ faults: [{ pointer: '/parameters' }] });
    expect(await refused({ day: 1, ['x'.repeat(200)]: 1 })).toBeInstanceOf(InvalidInputError);
    const large = await taskOn(instance);
    const huge = instance.scheduler.runNow(large.id, { parameters: { text: 'x'.repeat(2_000_000) } });
    await expect(world().done(huge)).rejects.toThrow('would make a task of');
    expect(await world().done(instance.scheduler.listRuns())).toEqual([]);
  });

  it('is started once under its key, by whatever instance', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    const task = await taskOn(a);
    const ask = ({ scheduler }: EngineInstance, parameters = { suite: 'smoke' }, id = task.id) =>
      scheduler.runNow(id, { parameters, idempotencyKey: 'order 7' });
    const asked = await world().done(Promise.all([ask(a), ask(b), ask(a)]));
    await world().advance(60_000);
    asked.push(await world().done(ask(b)));
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    expect(await world().runsOf(task)).toHaveLength(1);
    await expect(world().done(ask(b, { suite: 'other' }))).rejects.toThrow(IdempotencyKeyReusedError);
    const other = await taskOn(a);
    expect((await world().done(ask(a, { suite: 'smoke' }, other.id))).taskId).toBe(other.id);
    const absent = '00000000-0000-7000-8000-000000000000';
    await expect(world().done(ask(a, { suite: 'smoke' }, absent))).rejects.toThrow(NotFoundError);
    await expect(world().done(a.scheduler.runNow(task.id, { idempotencyKey: '' }))).rejects.toThrow(InvalidInputError);
  });
});
