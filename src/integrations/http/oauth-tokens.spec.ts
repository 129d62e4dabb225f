import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anAttempt, failureOf, type TestAttempt } from '../../../test/support/action-world.js';
import { T0 } from '../../../test/support/builders.js';
import { anHttpAction } from '../../../test/support/http-action.js';
import { HttpTarget } from '../../../test/support/http-target.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { httpActionSchema } from '../../domain/action.js';
import { AddressGuard } from './address-guard.js';
import { GuardedClient } from './guarded-client.js';
import type { HttpAction } from './http.action.js';

const SECRETS = { id: 'client one', secret: 's3cret: of/the client' };

describe('HttpAction with OAuth 2', () => {
  let receiver: HttpTarget;
  let issuer: HttpTarget;
  let client: GuardedClient;
  let clock: SettableClock;
  let action: HttpAction;
  let valid: string;

  beforeEach(async () => {
    [receiver, issuer] = await Promise.all([HttpTarget.start(), HttpTarget.start()]);
    client = new GuardedClient(new AddressGuard(['127.0.0.1']));
    clock = new SettableClock(T0);
    action = anHttpAction(client, undefined, clock);
    let issued = 0;
    valid = '';
    issuer.answer = (response) => {
      valid = `token-number-${++issued}`;
      grant(response, { access_token: valid, token_type: 'Bearer', expires_in: 600 });
    };
    receiver.answer = (response, { headers, body }) =>
      response
        .writeHead(headers.authorization === `Bearer ${valid}` ? 200 : 401)
        .end(`${headers.authorization} ${body}`);
  });
  afterEach(async () => {
    await client.close();
    await Promise.all([receiver.close(), issuer.close()]);
  });

  const grant = (response: ServerResponse, body: unknown) =>
    void response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));

  const run = (auth: object = {}, attempt: TestAttempt = anAttempt({ secrets: SECRETS }), fields: object = {}) =>
    action.execute(
      httpActionSchema.parse({
        type: 'http',
        url: `${receiver.url}/`,
        body: 'work',
        auth: {
          type: 'oauth2',
          tokenUrl: `${issuer.url}/token`,
          clientId: '{{secrets.id}}',
          clientSecret: '{{secrets.secret}}',
          ...auth,
        },
        ...fields,
      }),
      attempt,
    );

  it('sends a token that it got by the client credentials, once for many calls', async () => {
    await Promise.all([run(), run(), run()]);
    await run();
    expect(receiver.requests.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill(`Bearer ${valid}`));
    expect(issuer.requests).toHaveLength(1);
    const [{ headers, body, method, path }] = issuer.requests as [HttpTarget['requests'][number]];
    expect([method, path, body]).toEqual(['POST', '/token', 'grant_type=client_credentials']);
    const basic = Buffer.from(headers.authorization!.slice('Basic '.length), 'base64').toString();
    expect(basic).toBe('client+one:s3cret%3A+of%2Fthe+client');
  });

  it('names itself in the body when asked to, with scope and audience', async () => {
    await run({ authentication: 'post', scope: 'a b', audience: 'https://x.example/' });
    const form = Object.fromEntries(new URLSearchParams(issuer.requests[0]!.body));
    expect(form).toEqual({
      grant_type: 'client_credentials',
      client_id: SECRETS.id,
      client_secret: SECRETS.secret,
      scope: 'a b',
      audience: 'https://x.example/',
    });
    expect(issuer.requests[0]!.headers.authorization).toBeUndefined();
  });

  it('keeps tokens apart by organization, scope, audience, client and secret', async () => {
    await run();
    await run({ scope: 'a' });
    await run({ audience: 'a' });
    await run({ clientId: 'another' });
    await run({}, anAttempt({ secrets: { ...SECRETS, secret: 'the next version' } }));
    await run({}, anAttempt({ secrets: SECRETS, run: { organization: 'umbrella' } }));
    expect(issuer.requests).toHaveLength(6);
  });

  it('asks anew before a token ends, and at once when it is refused, once', async () => {
    await run();
    await clock.advance(539_000);
    await run();
    expect(issuer.requests).toHaveLength(1);
    await clock.advance(2000);
    await run();
    expect(issuer.requests).toHaveLength(2);
    valid = 'revoked';
    await run();
    expect(issuer.requests).toHaveLength(3);
    receiver.answer = (response) => response.writeHead(401).end();
    const before = receiver.requests.length;
    expect((await failureOf(run())).code).toBe('http-401');
    expect(receiver.requests.length - before).toBe(2);
    expect(issuer.requests).toHaveLength(4);
  });

  it('lets no redirect to another origin see a token, nor renews one because of that', async () => {
    const other = await HttpTarget.start((response) => response.writeHead(401).end());
    receiver.answer = (response) => response.writeHead(307, { location: `${other.url}/` }).end();
    expect((await failureOf(run())).code).toBe('http-401');
    expect(other.requests[0]!.headers.authorization).toBeUndefined();
    expect(issuer.requests).toHaveLength(1);
    await other.close();
  });

  it('keeps neither token nor secret in outputs, logs and errors', async () => {
    const attempt = anAttempt({ secrets: SECRETS });
    receiver.answer = (response, { headers }) => response.writeHead(500).end(`got ${headers.authorization}`);
    const error = await failureOf(run({}, attempt));
    issuer.answer = (response, { headers, body }) => response.writeHead(400).end(`${headers.authorization} ${body}`);
    const other = await failureOf(run({ scope: 'other', authentication: 'post' }, attempt));
    const kept = JSON.stringify([error, error.message, other, other.message, attempt.logged]);
    expect(kept).toContain('got Bearer ***');
    expect(kept).not.toMatch(/token-number|s3cret/);
  });

  it.each<[string, unknown]>([
    ['no JSON', 'token'],
    ['a list', ['token']],
    ['nothing', {}],
    ['a token of another kind', { access_token: { a: 1 } }],
    ['a number', { access_token: 7 }],
    ['an empty token', { access_token: '' }],
    ['a token that would begin another header', { access_token: 'a\r\nhost: evil' }],
    ['a token too long for a header', { access_token: 'x'.repeat(20_000) }],
    ['a type that is none of Bearer', { access_token: 'a', token_type: 'mac' }],
    ['a type that is no text', { access_token: 'a', token_type: { Bearer: 1 } }],
    ['deep nesting', `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['an endless body', `{"access_token":"a","pad":"${'x'.repeat(200_000)}"}`],
  ])('takes no token from an answer that holds %s', async (_what, body) => {
    issuer.answer = (response) => grant(response, body);
    expect(await failureOf(run())).toMatchObject({ code: 'oauth-token', details: { retryable: 'when-listed' } });
    expect(receiver.requests).toEqual([]);
  });

  it.each<[unknown, number]>([
    [0, 2],
    [-5, 2],
    ['600', 1],
    ['soon', 1],
    [null, 1],
    [1e300, 1],
    [[], 1],
  ])('lives with a life of %j', async (life, calls) => {
    issuer.answer = (response) => {
      valid = 'always';
      grant(response, { access_token: valid, expires_in: life });
    };
    await run();
    await run();
    expect(issuer.requests).toHaveLength(calls);
  });

  it.each([
    [400, 'when-listed', 'invalid_client'],
    [302, 'when-listed', null],
    [429, undefined, null],
    [503, undefined, null],
  ])('fails by a code of its own when the endpoint answers %i', async (status, retryable, error) => {
    issuer.answer = (response) =>
      response
        .writeHead(status, { location: `${receiver.url}/steal`, 'retry-after': '7' })
        .end(JSON.stringify({ error }));
    const failed = await failureOf(run());
    expect(failed).toMatchObject({ code: 'oauth-token', details: { retryAfterMs: 7000 } });
    expect(failed.details.retryable).toBe(retryable);
    expect(failed.message).toContain(error === null ? String(status) : `${status} (${error})`);
    expect(receiver.requests).toEqual([]);
  });

  it('asks for no token at an address that may not be called', async () => {
    for (const tokenUrl of ['http://169.254.169.254/token', 'http://127.0.0.2/token', 'http://[::1]/']) {
      expect(await failureOf(run({ tokenUrl }))).toMatchObject({ code: 'oauth-token', details: { retryable: false } });
    }
    expect(issuer.requests).toEqual([]);
  });

  it('waits for no endpoint longer than it may, and for none when its attempt ends', async () => {
    let asked: () => void = () => undefined;
    issuer.answer = () => asked();
    const abort = new AbortController();
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const [slow, ended] = [run(), run({}, anAttempt({ secrets: SECRETS, signal: abort.signal }))];
    const failures = Promise.all([failureOf(slow), expect(ended).rejects.toThrow('cancelled')]);
    await isAsked;
    abort.abort(new Error('cancelled'));
    await clock.advance(15_001);
    expect((await failures)[0]).toMatchObject({ code: 'oauth-token' });
    expect(issuer.requests).toHaveLength(1);
  });
});
