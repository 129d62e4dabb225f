import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { aRun, aTask, T0 } from '../../test/support/builders.js';
import { anAttempt } from '../../test/support/action-world.js';
import { HttpTarget } from '../../test/support/http-target.js';
import { Clock } from '../clock/clock.js';
import { SettableClock } from '../clock/settable-clock.js';
import { NoTracing, Tracing } from '../tracing/tracing.js';
import type { ActionType } from '../domain/action.js';
import { chunksOf } from '../domain/chunks.js';
import {
  missedMessage,
  overdueMessage,
  runMessage,
  taskMessage,
  type LifecycleMessage,
  type RunStep,
} from '../domain/lifecycle-message.js';
import type { Run } from '../domain/run.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { Consumers } from '../outbox/consumers.js';
import { KeyRing } from '../secrets/key-ring.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { ActionRegistry } from './action-registry.js';
import { EventPublisher } from './event-publisher.js';
import { HandlerRegistry } from './handler/handler-registry.js';
import { resolveOptions } from '../options.js';
import { IntegrationsModule, type IntegrationsOptions } from './integrations.module.js';

const clock = new SettableClock(T0);
const secrets = SecretsModule.forRoot(KeyRing.single('test', randomBytes(32)));

@Module({
  providers: [{ provide: Clock, useValue: clock }, { provide: Tracing, useClass: NoTracing }, LifecycleEvents],
  exports: [Clock, Tracing, LifecycleEvents],
})
class BasicsModule {}

const publisher = {
  publish: (_organization: string, _type: string, _data: unknown, id: string) => ({ eventId: id, runs: [] }),
};

const compile = (sinks: Partial<IntegrationsOptions['sinks']>): Promise<TestingModule> => {
  const none = { executionEngineUrl: null, notificationUrl: null, reportingUrl: null, auditUrl: null };
  const useFactory = () => ({
    httpAllow: [],
    outgoingProxyUrl: null,
    publicUrl: null,
    sinks: { ...none, ...sinks },
    limits: resolveOptions({}).limits,
  });
  const integrations = IntegrationsModule.forRootAsync({ imports: [BasicsModule, secrets], useFactory });
  const providers = [...integrations.providers!, { provide: EventPublisher, useValue: publisher }];
  return Test.createTestingModule({ imports: [{ ...integrations, providers }] }).compile();
};

describe('IntegrationsModule', () => {
  let target: HttpTarget;
  beforeEach(async () => void (target = await HttpTarget.start()));
  afterEach(() => target.close());

  const task = aTask({ definition: { name: 'nightly', tags: ['n'] }, secrets: { token: 'v1.k.iv.sealed' } });
  const error = { code: 'http-503', message: 'The server answered 503.', status: 503 };
  const attempts = [{ number: 1, instance: 'i', startedAt: T0, finishedAt: T0 + 5, outcome: 'failed' as const, error }];

  it('has every kind of action', async () => {
    const app = await compile({});
    const types: ActionType[] = ['http', 'handler', 'event', 'noop', 'test-flow'];
    expect(types.map((type) => app.get(ActionRegistry).get(type).type)).toEqual(types);
    app.get(HandlerRegistry).register('h', () => 'done');
    const attempt = anAttempt();
    expect(await app.get(ActionRegistry).get('handler').execute({ type: 'handler', name: 'h' }, attempt)).toEqual({
      output: 'done',
    });
    const raised = await app.get(ActionRegistry).get('event').execute({ type: 'event', event: 'e' }, attempt);
    expect(raised).toMatchObject({ output: { runs: [] } });
    await app.close();
  });

  const told = (progress: Partial<Run>, type: RunStep) => {
    const run = aRun({
      taskId: task.id,
      startedAt: T0,
      finishedAt: T0 + 5,
      latenessMs: 1,
      attempt: 1,
      output: 'the output',
      ...progress,
    });
    return runMessage(type, { run, task, progress: run }, { attempt: 1, at: T0 + 5, outputBytes: 0 });
  };
  const missed = (outcome: 'missed' | 'coalesced') => {
    const { organization, id: taskId } = task;
    const entry = { organization, taskId, from: T0, to: T0 + 60_000, count: 2, outcome, reason: 'too late' };
    return missedMessage(task, entry, T0)!;
  };
  const messages: LifecycleMessage[] = [
    taskMessage(task, 'created', T0),
    taskMessage({ ...task, pausedReason: 'it fails' }, 'paused', T0, 'failures'),
    taskMessage({ ...task, pausedReason: 'by hand' }, 'paused', T0),
    overdueMessage(task, { change: 'overdue', since: T0, lateMs: 30_000 }, T0),
    missed('missed'),
    missed('coalesced'),
    told({ state: 'running' }, 'run.started'),
    told({ state: 'failed', attempts, reason: error.message }, 'run.failed'),
    told({ state: 'succeeded' }, 'run.succeeded'),
  ];

  it('tells each sink what concerns it, and no secret or output', async () => {
    const [notificationUrl, reportingUrl, auditUrl] = ['/notify', '/report', '/audit'].map((path) => target.url + path);
    const app = await (
      await compile({ notificationUrl: notificationUrl!, reportingUrl: reportingUrl!, auditUrl: auditUrl! })
    ).init();
    for (const consumer of app.get(Consumers).all) {
      const wanted = messages.filter((message) => consumer.steps.has(message.type) && consumer.wants(message));
      for (const chunk of chunksOf(wanted, consumer.batch.items))
        await consumer.deliver(chunk, new AbortController().signal);
    }
    await app.close();

    const sent = (path: string): Array<Record<string, unknown>> =>
      target.requests
        .filter((request) => request.path === path)
        .map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    const summary = { taskName: 'nightly', tags: ['n'], state: 'failed', attempts: 1, error };
    expect(sent('/notify')).toMatchObject([
      { type: 'task.paused', taskId: task.id, taskName: 'nightly', tags: ['n'], reason: 'it fails' },
      { type: 'task.overdue', taskId: task.id, since: '2027-01-04T09:00:00.000Z', lateMs: 30_000 },
      {
        type: 'task.missed',
        from: '2027-01-04T09:00:00.000Z',
        to: '2027-01-04T09:01:00.000Z',
        count: 2,
        reason: 'too late',
      },
      { type: 'run.failed', ...summary, scheduledFor: '2027-01-04T09:00:00.000Z' },
    ]);
    expect(sent('/report').flatMap(({ runs }) => runs)).toMatchObject([summary, { state: 'succeeded', error: null }]);
    expect(sent('/audit').flatMap(({ entries }) => entries)).toMatchObject([
      { type: 'task.created', organization: 'acme', task: { id: task.id, name: 'nightly', secretNames: ['token'] } },
      { type: 'task.paused', task: { id: task.id, pausedReason: 'it fails' } },
      { type: 'task.paused', task: { id: task.id, pausedReason: 'by hand' } },
      { type: 'run.finished', run: { state: 'failed' } },
      { type: 'run.finished', run: { state: 'succeeded' } },
    ]);
    const everything = JSON.stringify(target.requests);
    expect(everything).not.toContain('sealed');
    expect(everything).not.toContain('the output');
  });

  it('has no consumers where no address is set', async () => {
    const app = await (await compile({})).init();
    expect(app.get(Consumers).all).toEqual([]);
    await app.close();
  });

  it('refuses settings that name no host', async () => {
    const useFactory = () => ({
      httpAllow: ['no host'],
      outgoingProxyUrl: null,
      publicUrl: null,
      sinks: { executionEngineUrl: null, notificationUrl: null, reportingUrl: null, auditUrl: null },
      limits: resolveOptions({}).limits,
    });
    const integrations = IntegrationsModule.forRootAsync({ imports: [BasicsModule, secrets], useFactory });
    await expect(Test.createTestingModule({ imports: [integrations] }).compile()).rejects.toThrow('HTTP_ALLOW');
  });
});
