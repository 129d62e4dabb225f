import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { T0 } from '../../../test/support/builders.js';
import {
  anAttempt,
  attemptSecrets,
  callbackTokens,
  failureOf,
  type AttemptParts,
} from '../../../test/support/action-world.js';
import { HttpTarget } from '../../../test/support/http-target.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { httpActionSchema } from '../../domain/action.js';
import { AddressGuard } from './address-guard.js';
import { GuardedClient } from './guarded-client.js';
import { HttpAction } from './http.action.js';
import { RequestRoom } from './request-room.js';

describe('HttpAction', () => {
  let target: HttpTarget;
  let client: GuardedClient;
  let action: HttpAction;

  beforeEach(async () => {
    target = await HttpTarget.start();
    client = new GuardedClient(new AddressGuard(['127.0.0.1']));
    action = new HttpAction(client, attemptSecrets, new SettableClock(T0), new RequestRoom(2_000_000));
  });
  afterEach(async () => {
    await client.close();
    await target.close();
  });

  const run = (fields: object, parts: AttemptParts = {}, attempt = anAttempt(parts)) =>
    action.execute(
      httpActionSchema.parse({ type: 'http', ...('url' in fields ? {} : { url: `${target.url}/` }), ...fields }),
      attempt,
    );

  describe('sends', () => {
    it('JSON, with the run as idempotency key, the attempt and the nominal time', async () => {
      await run(
        { body: { run: '{{run.id}}', n: '{{parameters.n}}' } },
        { run: { id: 'r1' }, attempt: 2, parameters: { n: [1] } },
      );
      const [request] = target.requests;
      expect(request).toMatchObject({ method: 'POST', path: '/', body: '{"run":"r1","n":[1]}' });
      expect(request!.headers).toMatchObject({
        'content-type': 'application/json',
        'idempotency-key': 'r1',
        'x-attempt': '2',
        'x-scheduled-for': '2027-01-04T09:00:00.000Z',
      });
    });

    it("the user's headers in place of its own, whatever their case", async () => {
      const headers = { 'IDEMPOTENCY-KEY': 'k-{{parameters.k}}', 'Content-Type': 'application/cloudevents+json' };
      await run({ headers, body: {} }, { parameters: { k: 7 } });
      expect(target.requests[0]!.headers).toMatchObject({
        'idempotency-key': 'k-7',
        'content-type': 'application/cloudevents+json',
      });
    });

    it('templates in the URL, and no body where there is none', async () => {
      const url = `${target.url}/suites/{{parameters.suite}}?e={{event.data.status}}`;
      const event = { id: 'e1', type: 't', data: { status: 'a&b' }, receivedAt: T0 };
      await run({ method: 'GET', url }, { parameters: { suite: 'a/b' }, run: { event } });
      expect(target.requests[0]).toMatchObject({ method: 'GET', path: '/suites/a%2Fb?e=a%26b', body: '' });
      expect(target.requests[0]!.headers['content-type']).toBeUndefined();
    });

    it('nothing when a template has no value', async () => {
      const error = await failureOf(run({ headers: { a: '{{secrets.token}}' } }));
      expect(error).toMatchObject({ code: 'template', details: { retryable: false } });
      expect(target.requests).toEqual([]);
    });

    it('many requests over few connections', async () => {
      for (let i = 0; i < 20; i++) await run({});
      expect(target.requests).toHaveLength(20);
      expect(target.connections).toBeLessThan(4);
    });
  });

  describe('keeps', () => {
    it('status, type and parsed body', async () => {
      target.answer = (response) =>
        response.writeHead(201, { 'Content-Type': 'application/json', 'x-other': '1' }).end('{"a":[1]}');
      expect(await run({})).toEqual({
        output: { status: 201, headers: { 'content-type': 'application/json' }, body: { a: [1] } },
      });
    });

    it.each([
      ['text/plain', '{"a":1}', '{"a":1}'],
      ['application/json', '{"a":', '{"a":'],
      ['application/problem+json; charset=utf-8', '{"a":1}', { a: 1 }],
      ['application/json', '[['.repeat(5000), '[['.repeat(5000)],
      ['application/json', '['.repeat(100) + ']'.repeat(100), '['.repeat(100) + ']'.repeat(100)],
      ['text/plain', '', null],
    ])('a body of %s as it is readable', async (type, body, kept) => {
      target.answer = (response) => response.writeHead(200, { 'content-type': type }).end(body);
      expect(await run({})).toMatchObject({ output: { body: kept } });
    });

    it('the first 64 KiB of an endless body, and closes the connection', async () => {
      let closed = () => undefined as void;
      const hungUp = new Promise<void>((resolve) => (closed = resolve));
      target.answer = (response) => {
        response.on('close', closed);
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(10_000)));
        };
        response.on('drain', more);
        more();
      };
      const { output } = (await run({})) as { output: { body: string; truncated: boolean } };
      expect(output.truncated).toBe(true);
      expect(output.body).toBe('x'.repeat(65_536));
      await hungUp;
    });

    it('no secret that the server echoes, in any part or form', async () => {
      const token = randomBytes(16).toString('base64');
      const pin = '8675309';
      const forms = [token, encodeURIComponent(token), Buffer.from(token).toString('base64')];
      target.answer = (response, { headers }) =>
        response
          .writeHead(200, { 'content-type': 'application/json', location: `/?t=${encodeURIComponent(token)}` })
          .end(
            JSON.stringify({ echoed: headers, forms, [`k-${token}`]: true, pin: Number(pin) }).replaceAll('/', '\\/'),
          );
      const attempt = anAttempt({ secrets: { token, pin } });
      const result = await run(
        { headers: { authorization: 'Bearer {{secrets.token}}', p: '{{secrets.pin}}' } },
        {},
        attempt,
      );
      expect(target.requests[0]!.headers.authorization).toBe(`Bearer ${token}`);
      const kept = JSON.stringify([result, attempt.logged]);
      for (const form of [...forms, pin]) expect(kept).not.toContain(JSON.stringify(form).slice(1, -1));
      expect(result).toMatchObject({ output: { body: { echoed: { authorization: 'Bearer ***' }, pin: '***' } } });
    });

    it('no beginning of a secret at the place where a long body is cut off', async () => {
      target.answer = (response) => response.writeHead(500).end(`${'x'.repeat(65_530)}secret-token-value`);
      const attempt = anAttempt({ secrets: { token: 'secret-token-value' } });
      await failureOf(run({}, {}, attempt));
      target.answer = (response) => response.writeHead(200).end(`${'x'.repeat(65_530)}secret-token-value`);
      expect(JSON.stringify([await run({}, {}, attempt), attempt.logged])).not.toContain('secr');
    });
  });

  describe('fails', () => {
    it.each([400, 404, 429, 500, 503, 304])('with http-%i', async (status) => {
      target.answer = (response) => response.writeHead(status).end();
      expect(await failureOf(run({}))).toMatchObject({ code: `http-${status}`, details: { status } });
    });

    it.each([
      ['2', 2000],
      ['Mon, 04 Jan 2027 09:01:00 GMT', 60_000],
    ])('with what Retry-After: %s asks for', async (header, expected) => {
      target.answer = (response) => response.writeHead(503, { 'retry-after': header }).end();
      expect((await failureOf(run({}))).details).toEqual({ status: 503, retryAfterMs: expected });
    });

    it('with an excerpt of the answer in the log, without secrets', async () => {
      target.answer = (response) => response.writeHead(422).end(`no such suite ${'s3cret-token'} ${'y'.repeat(9000)}`);
      const attempt = anAttempt({ secrets: { token: 's3cret-token' } });
      await failureOf(run({}, {}, attempt));
      const [entry] = attempt.logged;
      expect(entry).toMatchObject({ level: 'warn', message: expect.stringContaining('answered 422') });
      expect(entry!.data!['body']).toMatch(/^no such suite \*\*\* y+$/);
      expect(entry!.data!['body']).toHaveLength(2000);
    });

    it('with the code of the network', async () => {
      const { url } = target;
      await target.close();
      const expected = expect.objectContaining({
        code: 'ECONNREFUSED',
        message: expect.stringContaining('ECONNREFUSED'),
      });
      expect(await failureOf(run({ url }, {}, anAttempt()))).toEqual(expected);
      target = await HttpTarget.start();
    });

    it.each([
      ['ENOTFOUND', []],
      ['address-refused', [{ address: '10.0.0.1', family: 4 }]],
    ])('with %s when that is what the name leads to', async (code, addresses) => {
      const missing = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
      const guard = new AddressGuard([], (_host, _options, done) =>
        done(addresses.length > 0 ? null : missing, addresses),
      );
      const other = new GuardedClient(guard);
      const running = new HttpAction(other, attemptSecrets, new SettableClock(T0), new RequestRoom(2_000_000)).execute(
        httpActionSchema.parse({ type: 'http', url: 'https://name.example/' }),
        anAttempt(),
      );
      expect((await failureOf(running)).code).toBe(code);
      await other.close();
    });

    it('when the server hangs up', async () => {
      target.answer = (response) => response.destroy();
      expect((await failureOf(run({}))).code).toMatch(/^(UND_ERR_SOCKET|ECONNRESET)$/);
    });

    it('for addresses that are not allowed, for good', async () => {
      const expected = { code: 'address-refused', details: { retryable: false } };
      expect(await failureOf(run({ url: 'http://127.0.0.2/' }))).toMatchObject(expected);
      expect(
        await failureOf(run({ url: '{{parameters.u}}' }, { parameters: { u: 'http://2130706434/' } })),
      ).toMatchObject(expected);
      expect(target.requests).toEqual([]);
    });

    it('when a secret cannot be opened, without showing anything', async () => {
      const attempt = anAttempt({ secrets: { token: 's3cret-token' } });
      attempt.task.organization = 'other';
      expect(await failureOf(run({}, {}, attempt))).toMatchObject({
        code: 'secret-unavailable',
        details: { retryable: false },
      });
    });
  });

  it('reaches an allowed host by its name only', async () => {
    for (const [allow, refused] of [
      [['localhost'], false],
      [['10.0.0.0/8'], true],
    ] as const) {
      const other = new GuardedClient(new AddressGuard(allow));
      const running = new HttpAction(other, attemptSecrets, new SettableClock(T0), new RequestRoom(2_000_000)).execute(
        httpActionSchema.parse({ type: 'http', url: `http://localhost:${target.port}/` }),
        anAttempt(),
      );
      if (refused) expect((await failureOf(running)).code).toBe('address-refused');
      else expect(await running).toMatchObject({ output: { status: 200 } });
      await other.close();
    }
    expect(target.requests).toHaveLength(1);
  });

  describe('on the signal', () => {
    it.each(['before the answer', 'within the answer'])('ends %s, with its reason', async (moment) => {
      const abort = new AbortController();
      const reason = new Error('time is up');
      const hungUp = new Promise<void>((resolve) => {
        target.answer = (response) => {
          response.on('close', () => resolve());
          if (moment === 'within the answer') response.writeHead(200).write('the beginning');
          setImmediate(() => abort.abort(reason));
        };
      });
      await expect(run({}, { signal: abort.signal })).rejects.toBe(reason);
      await hungUp;
    });

    it('makes no request when it has fired', async () => {
      await expect(run({}, { signal: AbortSignal.abort(new Error('cancelled')) })).rejects.toThrow('cancelled');
      expect(target.requests).toEqual([]);
    });
  });

  it('waits for a call-back after a 2xx, having told the token', async () => {
    const fields = { waitForCallback: true, body: { token: '{{run.callbackToken}}', run: '{{run.id}}' } };
    target.answer = (response, { body }) => response.writeHead(202).end(body);
    const attempt = anAttempt({ run: { id: 'r9' }, attempt: 3 });
    expect(await run(fields, {}, attempt)).toEqual({ waiting: true });
    const { token } = JSON.parse(target.requests[0]!.body) as { token: string };
    expect(callbackTokens.verify(token, 'r9', 3)).toBe(true);
    expect(JSON.stringify(attempt.logged)).not.toContain(token);
    target.answer = (response) => response.writeHead(500).end();
    expect((await failureOf(run(fields))).code).toBe('http-500');
  });
});
