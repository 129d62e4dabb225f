import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { T0 } from '../../../test/support/builders.js';
import { anAttempt, callbackTokens, failureOf, type AttemptParts } from '../../../test/support/action-world.js';
import { HttpTarget } from '../../../test/support/http-target.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { ServiceClient } from '../service-client.js';
import { HttpTestFlowService, NoTestFlowService } from './http-test-flow-service.js';
import { CallbackAddresses } from '../templates/scope.js';
import { TestFlowAction } from './test-flow.action.js';
import type { TestFlowService } from './test-flow-service.js';

const following = (engine: TestFlowService, addresses = new CallbackAddresses()) =>
  new TestFlowAction(engine, callbackTokens, addresses, new SettableClock(T0));

describe('TestFlowAction', () => {
  let target: HttpTarget;
  let client: ServiceClient;
  beforeEach(async () => {
    target = await HttpTarget.start((response) => response.writeHead(202).end('{"flowRun":"f1"}'));
    client = new ServiceClient(new SettableClock(T0));
  });
  afterEach(async () => {
    await client.close();
    await target.close();
  });
  const start = (flowId: string, parts: AttemptParts = {}) =>
    following(new HttpTestFlowService(`${target.url}/api/`, client)).execute(
      { type: 'test-flow', flowId },
      anAttempt(parts),
    );

  it('starts the flow with run, attempt and parameters, and without secrets', async () => {
    const parts = { run: { id: 'r1' }, attempt: 2, parameters: { browser: 'x' }, secrets: { token: 's3cret-token' } };
    expect(await start('smoke/a b', parts)).toEqual({ output: { flowRun: 'f1' } });
    const [request] = target.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/api/flows/smoke%2Fa%20b/runs' });
    expect(JSON.parse(request!.body)).toEqual({ runId: 'r1', attempt: 2, parameters: { browser: 'x' } });
    expect(request!.headers['idempotency-key']).toBe('r1');
  });

  it.each([
    ['', null],
    ['accepted', 'accepted'],
  ])('keeps the answer %j', async (body, output) => {
    target.answer = (response) => response.writeHead(200).end(body);
    expect(await start('a')).toEqual({ output });
  });

  it('fails with the status that was answered', async () => {
    target.answer = (response) => response.writeHead(503, { 'retry-after': '3' }).end();
    expect(await failureOf(start('a'))).toMatchObject({
      code: 'http-503',
      details: { status: 503, retryAfterMs: 3000 },
    });
  });

  it('does not leave its path', async () => {
    expect(await failureOf(start('..'))).toMatchObject({ code: 'invalid-flow-id', details: { retryable: false } });
    expect(target.requests).toEqual([]);
  });

  it('ends on the signal', async () => {
    const abort = new AbortController();
    const reason = new Error('time is up');
    target.answer = () => abort.abort(reason);
    await expect(start('a', { signal: abort.signal })).rejects.toBe(reason);
  });

  it('says that no engine is configured, for good', async () => {
    const running = following(new NoTestFlowService()).execute({ type: 'test-flow', flowId: 'a' }, anAttempt());
    expect(await failureOf(running)).toMatchObject({ code: 'not-configured', details: { retryable: false } });
  });

  it("passes on the run's own parameters, and where it may be called back, and keeps no token", async () => {
    target.answer = (response, { body }) =>
      response.end(JSON.stringify({ state: 'succeeded', output: JSON.parse(body) as object }));
    const engine = new HttpTestFlowService(target.url, client);
    const attempt = anAttempt({ run: { id: 'r1', parameters: { own: 1 } }, attempt: 3 });
    const action = following(engine, new CallbackAddresses('https://jobs.example'));
    const { output } = (await action.execute({ type: 'test-flow', flowId: 'a' }, attempt)) as { output: object };
    expect(output).toEqual({
      runId: 'r1',
      attempt: 3,
      parameters: { own: 1 },
      callback: {
        completeUrl: 'https://jobs.example/v1/runs/r1/complete',
        heartbeatUrl: 'https://jobs.example/v1/runs/r1/heartbeat',
        token: '***',
      },
    });
    const sent = JSON.parse(target.requests[0]!.body) as { callback: { token: string } };
    expect(callbackTokens.verify(sent.callback.token, 'r1', 3)).toBe(true);
  });

  it.each([
    [
      '{"state":"failed","error":"two","output":[1]}',
      { code: 'flow-failed', message: 'two', details: { output: [1] } },
    ],
    ['{"state":"failed","error":{"a":1}}', { code: 'flow-failed', message: 'The test flow a has failed.' }],
    ['{"state":"cancelled"}', { code: 'flow-cancelled', details: { retryable: false } }],
  ])('fails with what the engine says: %s', async (body, expected) => {
    target.answer = (response) => response.end(body);
    expect(await failureOf(start('a'))).toMatchObject(expected);
  });
});
