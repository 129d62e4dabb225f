import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { HttpTarget } from '../support/http-target.js';
import { Traced } from '../support/traced.js';
import { RestWorld } from './rest-world.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const HEADERS = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, tracestate: 'rojo=1' };
const OPEN_METRICS = { accept: 'application/openmetrics-text; version=1.0.0' };

describe('a request of a trace', () => {
  let traced: Traced;
  let world: RestWorld;
  let target: HttpTarget;
  beforeAll(async () => {
    traced = new Traced();
    target = await HttpTarget.start();
    world = await RestWorld.start({}, {}, {}, { tracing: true, httpAllow: ['127.0.0.1'] });
  });
  afterAll(async () => {
    await world.stop();
    await target.close();
    await traced.end();
  });

  /** The traces of so many runs of the task, in any order: they may be of one instant. */
  const tracesOf = async (taskId: string, count: number) =>
    world.until(async () => {
      const { items } = (await world.ask(`GET /v1/runs?taskId=${taskId}`)).body;
      return items.length === count && items.map(({ traceId }) => String(traceId)).sort();
    });

  it('starts a run of it, whose record tells the trace at once', async () => {
    const { id } = await world.task();
    const run = (await world.ask(`POST /v1/tasks/${id}/run`, { headers: HEADERS })).body;
    expect(run.traceId).toBe(TRACE);
    expect((await world.finished(run.id)).traceId).toBe(TRACE);
    expect(traced.attempts(run.id)[0]!.parentSpanContext!.spanId).toBe('00f067aa0ba902b7');
  });

  it.each(['', 'nonsense', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, 'x'.repeat(5000)])(
    'is none with the header %p, which harms nothing',
    async (traceparent) => {
      const { id } = await world.task();
      const answer = await world.ask(`POST /v1/tasks/${id}/run`, { headers: { traceparent } });
      expect([answer.status, answer.body.traceId]).toEqual([202, undefined]);
    },
  );

  it('goes on from a CloudEvent, which tells by itself where it belongs', async () => {
    const { id } = await world.task({ triggers: [{ type: 'event', event: 'com.built' }] });
    const event = { specversion: '1.0', id: '1', source: '/ci', type: 'com.built', ...HEADERS };
    const other = { traceparent: HEADERS.traceparent.replace(TRACE, 'a'.repeat(32)) };
    const headers = { 'content-type': 'application/cloudevents+json', ...other };
    expect((await world.ask('POST /v1/events', { headers, raw: JSON.stringify(event) })).status).toBe(202);
    expect(await tracesOf(id, 1)).toEqual([TRACE]);
    const bad = { ...event, id: '2', traceparent: 'nonsense' };
    expect((await world.ask('POST /v1/events', { headers, raw: JSON.stringify(bad) })).status).toBe(202);
    expect(await tracesOf(id, 2)).toEqual([TRACE, 'a'.repeat(32)]);
  });

  it('goes on from a signed hook and from an event of the API', async () => {
    const { id } = await world.task({ triggers: [{ type: 'event', event: 'shipped' }] });
    expect((await world.ask('POST /v1/triggers/events/shipped', { headers: HEADERS, body: {} })).status).toBe(202);
    expect(await tracesOf(id, 1)).toEqual([TRACE]);
  });

  it('that calls back is linked with the attempt that waited for it', async () => {
    const action = { type: 'http', url: target.url, body: { token: '{{run.callbackToken}}' }, completion: 'callback' };
    const { id } = await world.task({ action });
    const run = (await world.ask(`POST /v1/tasks/${id}/run`)).body;
    await world.until(() => Promise.resolve(target.requests.length > 0));
    const { token } = JSON.parse(target.requests[0]!.body) as { token: string };
    const body = { token, outcome: 'succeeded' };
    const done = await world.driven(world.ask(`POST /v1/runs/${run.id}/complete`, { headers: HEADERS, body }));
    expect(done.status).toBe(200);
    expect(traced.attempts(run.id)[0]!.links.map(({ context }) => context.traceId)).toEqual([TRACE]);
  });

  it('is in the line of the request and in the line of what it changed', async () => {
    const lines: unknown[] = [];
    const log = (message: unknown) => void lines.push(message);
    Logger.overrideLogger({ log, warn: log, error: log, debug: log });
    try {
      await world.ask('PUT /v1/settings', { headers: HEADERS, body: {} });
    } finally {
      Logger.overrideLogger(false);
    }
    const fields = lines.map((line) => (line as { fields?: object }).fields ?? line);
    expect(fields).toContainEqual(expect.objectContaining({ event: 'settings.changed', trace: TRACE }));
  });

  it('is an exemplar of the metrics for whoever asks for OpenMetrics, and of no other', async () => {
    await world.finishedRun();
    const plain = await world.ask('GET /metrics');
    const open = await world.ask('GET /metrics', { headers: OPEN_METRICS });
    expect(plain.headers['content-type']).toContain('text/plain');
    expect(plain.text).not.toContain('trace_id');
    expect(open.headers['content-type']).toContain('application/openmetrics-text');
    expect(open.text).toMatch(
      /task_runner_start_lateness_seconds_bucket\{le="[^"]+"\} \d+ # \{trace_id="[0-9a-f]{32}"\} /,
    );
    expect(open.text).toMatch(/# TYPE task_runner_attempts_started counter\ntask_runner_attempts_started_total\{/);
    expect(open.text.endsWith('# EOF\n')).toBe(true);
    // What one form needs leaves the other as it was.
    const names = (text: string) => text.match(/^# TYPE \S+/gm);
    expect(names((await world.ask('GET /metrics')).text)).toEqual(names(plain.text));
  });
});
