import { createHash, randomBytes } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { T0 } from '../../../test/support/builders.js';
import { anAttempt, callbackTokens, failureOf, type AttemptParts } from '../../../test/support/action-world.js';
import { anHttpAction } from '../../../test/support/http-action.js';
import { HttpTarget } from '../../../test/support/http-target.js';
import { httpActionSchema } from '../../domain/action.js';
import { AddressGuard } from './address-guard.js';
import { GuardedClient } from './guarded-client.js';
import type { HttpAction } from './http.action.js';
import { TemplateScopes } from '../templates/scope.js';

describe('HttpAction', () => {
  let target: HttpTarget;
  let client: GuardedClient;
  let action: HttpAction;

  beforeEach(async () => {
    target = await HttpTarget.start();
    client = new GuardedClient(new AddressGuard(['127.0.0.1']));
    action = anHttpAction(client, new TemplateScopes('https://jobs.example/'));
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

  describe('keeps of a body that is no text', () => {
    const bytes = Buffer.from([0xff, 0xd8, 0xff, 0, 1, 2]);

    it.each(['image/jpeg', 'application/octet-stream', ''])('of the type "%s" its size and digest', async (type) => {
      target.answer = (response) => response.writeHead(200, type ? { 'content-type': type } : {}).end(bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(await run({})).toMatchObject({ output: { body: { size: 6, sha256 }, binary: true } });
    });

    it('the digest of all of it, however long it is, up to a bound', async () => {
      const large = Buffer.concat([Buffer.alloc(300_000, 0xfe), randomBytes(10)]);
      target.answer = (response) => response.writeHead(200).end(large);
      const sha256 = createHash('sha256').update(large).digest('hex');
      expect(await run({})).toMatchObject({ output: { body: { size: 300_010, sha256 } } });
      target.answer = (response) => response.writeHead(200).end(Buffer.alloc(17_000_000, 0xfe));
      expect(await run({})).toMatchObject({ output: { binary: true, truncated: true } });
    });

    it('nothing but the text where the type says that it is text', async () => {
      const latin = { 'content-type': 'text/plain; charset=iso-8859-1' };
      target.answer = (response) => response.writeHead(200, latin).end(Buffer.from([0x67, 0xfc, 0x6e]));
      expect(await run({})).toMatchObject({ output: { body: 'g\u00fcn' } });
      target.answer = (response) => response.writeHead(200, { 'content-type': 'text/plain; charset=none' }).end('a');
      expect(await run({})).toMatchObject({ output: { body: 'a' } });
    });
  });

  describe('decompresses', () => {
    const json = { 'content-type': 'application/json' };

    it.each([
      ['gzip', gzipSync],
      ['x-gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ])('%s', async (encoding, compress) => {
      target.answer = (response) =>
        response.writeHead(200, { ...json, 'content-encoding': encoding }).end(compress(Buffer.from('{"a":1}')));
      expect(await run({})).toMatchObject({ output: { body: { a: 1 } } });
      expect(target.requests[0]!.headers['accept-encoding']).toBe('gzip, deflate, br');
    });

    it.each([
      ['gzip', gzipSync],
      ['br', brotliCompressSync],
    ])('no more of a %s bomb than it keeps', async (encoding, compress) => {
      const bomb = compress(Buffer.alloc(200_000_000, 'x'));
      target.answer = (response) => response.writeHead(200, { ...json, 'content-encoding': encoding }).end(bomb);
      const before = process.memoryUsage().rss;
      const { output } = (await run({})) as { output: { body: string; truncated: boolean } };
      expect([output.body.length, output.truncated]).toEqual([65_536, true]);
      expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000);
    });

    it.each([
      ['gzip', Buffer.from('no gzip')],
      ['gzip', gzipSync('x'.repeat(1000)).subarray(0, 20)],
      ['br', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ])('what it can of a broken %s body', async (encoding, body) => {
      target.answer = (response) => response.writeHead(200, { ...json, 'content-encoding': encoding }).end(body);
      expect(await run({})).toMatchObject({ output: { status: 200, truncated: true } });
    });

    it('nothing of an encoding that it does not know, and no body that is not there', async () => {
      target.answer = (response) => response.writeHead(200, { ...json, 'content-encoding': 'zstd' }).end('{}');
      expect(await run({})).toMatchObject({ output: { body: { size: 2 }, binary: true } });
      target.answer = (response) => response.writeHead(204, { ...json, 'content-encoding': 'gzip' }).end();
      expect((await run({})) as object).toEqual({ output: expect.not.objectContaining({ truncated: true }) });
      target.answer = (response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end();
      expect((await run({ method: 'HEAD' })) as object).toEqual({ output: expect.objectContaining({ body: null }) });
    });
  });

  describe('expects', () => {
    it.each([
      [[404], 404, true],
      [[404], 200, false],
      [['4xx', 200], 422, true],
      [['4xx', 200], 200, true],
      [['4xx', 200], 201, false],
      [['3xx'], 302, true],
    ])('%j of an answer of %i', async (statuses, status, isExpected) => {
      target.answer = (response) => response.writeHead(status, { location: '/elsewhere' }).end('said');
      const ended = run({ expect: { statuses } });
      if (isExpected) expect(await ended).toMatchObject({ output: { status, body: 'said' } });
      else expect(await failureOf(ended)).toMatchObject({ code: `http-${status}` });
      expect(target.requests).toHaveLength(1);
    });

    it('what it keeps of an answer also when that was another one', async () => {
      target.answer = (response) =>
        response.writeHead(422, { 'x-trace': 't1', 'set-cookie': 'a=b' }).end('no s3cret-token');
      const attempt = anAttempt({ secrets: { token: 's3cret-token' } });
      const { details } = await failureOf(run({ keepHeaders: ['X-Trace'] }, {}, attempt));
      expect(details.output).toEqual({ status: 422, headers: { 'x-trace': 't1' }, body: 'no ***' });
    });

    it.each([{ statuses: [] }, { statuses: ['5x'] }, { statuses: [99] }, { statuses: ['1xx'] }, {}])(
      'nothing that is no status: %j',
      (expected) => {
        const fields = { type: 'http', url: 'https://a.example/', expect: expected };
        expect(httpActionSchema.safeParse(fields).success).toBe(false);
      },
    );

    it('no header that holds credentials', () => {
      const fields = { type: 'http', url: 'https://a.example/', keepHeaders: ['Set-Cookie'] };
      expect(httpActionSchema.safeParse(fields).success).toBe(false);
    });
  });

  describe('fails', () => {
    it.each([
      [408, undefined],
      [425, undefined],
      [429, undefined],
      [500, undefined],
      [503, undefined],
      [400, 'when-listed'],
      [404, 'when-listed'],
      [409, 'when-listed'],
      [304, 'when-listed'],
    ])('with %i, after which another attempt is %s', async (status, retryable) => {
      target.answer = (response) => response.writeHead(status).end();
      expect((await failureOf(run({}))).details.retryable).toBe(retryable);
    });

    it.each([400, 404, 429, 500, 503, 304])('with http-%i', async (status) => {
      target.answer = (response) => response.writeHead(status).end();
      expect(await failureOf(run({}))).toMatchObject({ code: `http-${status}`, details: { status } });
    });

    it.each([
      ['2', 2000],
      ['Mon, 04 Jan 2027 09:01:00 GMT', 60_000],
    ])('with what Retry-After: %s asks for', async (header, expected) => {
      target.answer = (response) => response.writeHead(503, { 'retry-after': header }).end();
      expect((await failureOf(run({}))).details).toMatchObject({ status: 503, retryAfterMs: expected });
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
      const running = anHttpAction(other).execute(
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
      const running = anHttpAction(other).execute(
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
    const told = { token: '{{run.callbackToken}}', run: '{{run.id}}', url: '{{run.callbackUrl}}' };
    const fields = { completion: 'callback', body: told };
    target.answer = (response, { body }) => response.writeHead(202).end(body);
    const attempt = anAttempt({ run: { id: 'r9' }, attempt: 3 });
    expect(await run(fields, {}, attempt)).toEqual({ waiting: true });
    const { token, url } = JSON.parse(target.requests[0]!.body) as { token: string; url: string };
    expect(url).toBe('https://jobs.example/v1/runs/r9/complete');
    expect(callbackTokens.verify(token, 'r9', 3)).toBe(true);
    expect(JSON.stringify(attempt.logged)).not.toContain(token);
    target.answer = (response) => response.writeHead(500).end();
    expect((await failureOf(run(fields))).code).toBe('http-500');
  });
});
