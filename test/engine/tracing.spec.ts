import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import type { RunMessage } from '../../src/domain/lifecycle-message.js';
import { outgoingEvent } from '../../src/transports/outgoing-event.js';
import { RunsService } from '../../src/scheduling/runs/runs.service.js';
import { onEvent, T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { HttpTarget } from '../support/http-target.js';
import { headerOf, inContext, linksOf, Traced } from '../support/traced.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

describeEngine('what is traced', (world) => {
  let traced: Traced;
  beforeEach(() => {
    traced = new Traced();
  });
  afterEach(() => traced.end());
  const boot = () => world().boot({ tracing: true, httpAllow: ['127.0.0.1'] });
  const ends = (count: number) => world().until(() => traced.attempts().length === count, `${count} attempts`);

  it('is each attempt, by the names of messages that are processed', async () => {
    const { scheduler } = await boot();
    const task = await scheduler.for('acme').schedule(work({ name: 'nightly', triggers: [every(60_000)] }));
    await ends(1);
    const [run] = await world().runsOf(task, 'acme');
    const [span] = traced.attempts(run!.id);
    expect(span).toMatchObject({ name: 'process default', kind: 4, links: [], parentSpanContext: undefined });
    expect(span!.attributes).toMatchObject({
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'default',
      'messaging.message.id': run!.id,
      'task_runner.organization': 'acme',
      'task_runner.task.name': 'nightly',
      'task_runner.attempt': 1,
      'task_runner.outcome': 'succeeded',
    });
    // The record has the trace, so that whoever sees the run finds it.
    expect(run!.span).toBe(headerOf(span!));
  });

  it('is a part of what asked for the run, and what the handler traces is a part of its attempt', async () => {
    const { scheduler } = await boot();
    const task = await scheduler.schedule(work());
    world().workshop.answering = () => {
      trace.getTracer('host').startSpan('by the handler').end();
      return Promise.resolve(null);
    };
    const { id } = await inContext(PARENT, () => scheduler.runNow(task.id));
    await ends(1);
    const [span] = traced.attempts(id);
    expect(span!.spanContext().traceId).toBe(TRACE);
    expect(span!.parentSpanContext!.spanId).toBe('00f067aa0ba902b7');
    const own = traced.spans.find(({ name }) => name === 'by the handler')!;
    expect(own.parentSpanContext!.spanId).toBe(span!.spanContext().spanId);
  });

  it('is a part of the request for a backfill, and of the one for many retries', async () => {
    const { scheduler } = await boot();
    const task = await scheduler.schedule(work({ triggers: [every(1000)], retry: { maxAttempts: 1 } }));
    await world().until(async () => (await scheduler.get(task.id)).scheduledRuns >= 1);
    await scheduler.pause(task.id, 'a pause');
    await world().advance(10_000);
    await scheduler.resume(task.id);
    world().workshop.answering = () => Promise.reject(new Error('no'));
    const range = { from: new Date(T0 + 4000), to: new Date(T0 + 6000) };
    await world().done(inContext(PARENT, () => scheduler.backfill(task.id, range)));
    const backfilled = () => traced.attempts().filter((span) => span.attributes['task_runner.trigger'] === 'backfill');
    await world().until(() => backfilled().length === 2);
    expect(backfilled().map((span) => span.spanContext().traceId)).toEqual([TRACE, TRACE]);
    const other = `00-${'b'.repeat(32)}-${'c'.repeat(16)}-01`;
    await world().done(inContext(other, () => scheduler.retryRuns({ taskId: task.id, ...range })));
    const again = () => traced.attempts().filter((span) => span.attributes['task_runner.trigger'] === 'retry');
    await world().until(() => again().length === 2);
    expect(again().map((span) => span.spanContext().traceId)).toEqual(['b'.repeat(32), 'b'.repeat(32)]);
  });

  it('leads from a request to the calls of the task, whose receivers get it', async () => {
    const target = await HttpTarget.start();
    try {
      const { scheduler } = await boot();
      const action = { type: 'http', method: 'POST', url: `${target.url}/secret-path` } as const;
      const task = await scheduler.schedule(work({ action }));
      const own = await scheduler.schedule(work({ action: { ...action, headers: { traceparent: 'mine' } } }));
      await inContext(PARENT, () => scheduler.runNow(task.id));
      await ends(1);
      const [call] = traced.calls();
      expect(call).toMatchObject({ name: 'POST', kind: 2 });
      expect(call!.parentSpanContext!.spanId).toBe(traced.attempts()[0]!.spanContext().spanId);
      expect(target.requests[0]!.headers['traceparent']).toBe(headerOf(call!));
      expect(call!.attributes).toMatchObject({ 'server.port': target.port, 'http.response.status_code': 200 });
      expect(JSON.stringify(call!.attributes)).not.toContain('secret-path');
      await scheduler.runNow(own.id);
      await ends(2);
      expect(target.requests[1]!.headers['traceparent']).toBe('mine');
    } finally {
      await target.close();
    }
  });

  it('links another attempt with the one that failed, and tells of the failure nothing but its code', async () => {
    const { scheduler } = await boot();
    let calls = 0;
    world().workshop.answering = () =>
      ++calls === 1 ? Promise.reject(Object.assign(new Error('hunter2'), { code: 'no-paper' })) : Promise.resolve(null);
    const task = await scheduler.schedule(work({ retry: { maxAttempts: 2, baseDelayMs: 1000, jitter: 0 } }));
    const { id } = await scheduler.runNow(task.id);
    await ends(2);
    const [first, second] = traced.attempts(id);
    expect(first!.attributes).toMatchObject({ 'error.type': 'no-paper', 'task_runner.outcome': 'failed' });
    expect(first!.status).toEqual({ code: 2 });
    expect(JSON.stringify([first!.attributes, first!.events])).not.toContain('hunter2');
    expect([first!.links, linksOf(second!)]).toEqual([[], [first!.spanContext().spanId]]);
    expect([first!.parentSpanContext, second!.parentSpanContext]).toEqual([undefined, undefined]);
    // A run that drives it again follows from the request alone.
    const again = await inContext(PARENT, () =>
      world().done(world().instances[0]!.of(RunsService).retry('default', id)),
    );
    await ends(3);
    expect(traced.attempts(again.id)[0]!.spanContext().traceId).toBe(TRACE);
  });

  it('links a run with the one whose end started it', async () => {
    const { scheduler } = await boot();
    const first = await scheduler.schedule(work());
    const second = await scheduler.schedule(
      work({ triggers: [onEvent('run.succeeded', { 'data.taskId': first.id })] }),
    );
    const { id } = await scheduler.runNow(first.id);
    await ends(2);
    const [child] = await world().runsOf(second);
    const [parentSpan, childSpan] = [traced.attempts(id)[0]!, traced.attempts(child!.id)[0]!];
    expect(childSpan.parentSpanContext).toBeUndefined();
    expect(linksOf(childSpan)).toEqual([parentSpan.spanContext().spanId]);
  });

  it('links a run with all the events that started it together, and is a part of a single one', async () => {
    const a = await boot();
    const { scheduler } = a;
    const batch = { maxSize: 2, maxMs: 60_000 };
    const joined = await scheduler.schedule(work({ triggers: [{ type: 'event', event: 'built', batch }] }));
    const single = await scheduler.schedule(work({ triggers: [onEvent('deployed')] }));
    const other = PARENT.replace('00f067aa0ba902b7', 'b7ad6b7169203331');
    await inContext(PARENT, () => scheduler.raise('built', null));
    await inContext(other, () => scheduler.raise('built', null));
    await inContext(PARENT, () => scheduler.raise('deployed', null));
    await ends(2);
    const spanOf = async (task: { id: string }) => traced.attempts((await world().runsOf(task))[0]!.id)[0]!;
    expect(linksOf(await spanOf(joined))).toEqual(['00f067aa0ba902b7', 'b7ad6b7169203331']);
    expect((await spanOf(joined)).parentSpanContext).toBeUndefined();
    expect((await spanOf(single)).parentSpanContext!.spanId).toBe('00f067aa0ba902b7');
    expect((await spanOf(single)).links).toEqual([]);
  });

  it('is in the line of a run that failed', async () => {
    const { scheduler } = await boot();
    world().workshop.answering = () => Promise.reject(new Error('no'));
    const task = await scheduler.schedule(work({ retry: { maxAttempts: 1 } }));
    await scheduler.runNow(task.id);
    await ends(1);
    await world().until(() => world().lines.some(({ fields }) => fields.event === 'run.failed'));
    const line = world().lines.find(({ fields }) => fields.event === 'run.failed');
    expect(line!.fields.trace).toBe(traced.attempts()[0]!.spanContext().traceId);
  });

  it('is nothing without the setting, and leaves no trace of itself', async () => {
    const { scheduler, runs } = await world().boot();
    const task = await scheduler.schedule(work());
    const { id } = await inContext(PARENT, () => scheduler.runNow(task.id));
    await inContext(PARENT, () => scheduler.raise('built', null));
    await world().inState({ id }, 'succeeded');
    expect(traced.spans).toEqual([]);
    const stored = await runs.get('default', id);
    expect(Object.keys(stored).filter((name) => ['trace', 'span'].includes(name))).toEqual([]);
  });
});

it('tells of a step by the extension for distributed tracing', () => {
  const message: RunMessage = {
    ...{ id: 'm', organization: 'acme', at: 0, taskId: 't', taskName: 'n', tags: [] },
    ...{ runId: 'r', scheduledFor: 0, attempt: 1, attempts: 1 },
    type: 'run.succeeded',
    trigger: 'manual',
    state: 'succeeded',
    ...{ startedAt: 0, finishedAt: 0, latenessMs: 0, retryAt: null, reason: null, error: null },
  };
  const told = (more: Pick<RunMessage, 'trace'>) =>
    JSON.parse(outgoingEvent({ ...message, ...more }, 'x.').event) as object;
  expect(told({ trace: { traceparent: PARENT, tracestate: 'a=b' } })).toMatchObject({
    traceparent: PARENT,
    tracestate: 'a=b',
  });
  expect(told({})).not.toHaveProperty('traceparent');
});
