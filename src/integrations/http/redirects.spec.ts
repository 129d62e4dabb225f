import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anAttempt, failureOf } from '../../../test/support/action-world.js';
import { anHttpAction } from '../../../test/support/http-action.js';
import { HttpTarget } from '../../../test/support/http-target.js';
import { httpActionSchema } from '../../domain/action.js';
import { AddressGuard } from './address-guard.js';
import { GuardedClient } from './guarded-client.js';

describe('HttpAction, redirected', () => {
  let first: HttpTarget;
  let second: HttpTarget;
  let client: GuardedClient;

  beforeEach(async () => {
    [first, second] = await Promise.all([HttpTarget.start(), HttpTarget.start()]);
    client = new GuardedClient(new AddressGuard(['127.0.0.1']));
  });
  afterEach(async () => {
    await client.close();
    await Promise.all([first.close(), second.close()]);
  });

  const redirect = (status: number, location: string) =>
    void (first.answer = (response, { path }) =>
      path === '/' ? response.writeHead(status, { location }).end('moved') : response.writeHead(200).end('arrived'));
  const run = (fields: object = {}, secrets: Record<string, string> = {}) =>
    anHttpAction(client).execute(
      httpActionSchema.parse({ type: 'http', url: `${first.url}/`, ...fields }),
      anAttempt({ secrets }),
    );

  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [301, 'PUT', 'PUT'],
    [302, 'DELETE', 'DELETE'],
    [307, 'POST', 'POST'],
    [308, 'PATCH', 'PATCH'],
  ])('answers a %i to %s with %s, as fetch does, where the task lets it', async (status, method, then) => {
    redirect(status, '/next?a=1');
    const body = method === 'HEAD' ? {} : { body: { a: 1 } };
    expect(await run({ method, redirectAsGet: true, ...body })).toMatchObject({ output: { status: 200 } });
    const [sent, followed] = first.requests;
    const kept = method === then && method !== 'HEAD';
    expect(followed).toMatchObject({ method: then, path: '/next?a=1', body: kept ? sent!.body : '' });
    expect(followed!.headers['content-type']).toBe(kept ? 'application/json' : undefined);
    expect(followed!.headers['idempotency-key']).toBe(sent!.headers['idempotency-key']);
  });

  it.each([
    [301, 'POST'],
    [302, 'POST'],
    [303, 'POST'],
    [303, 'PUT'],
    [303, 'PATCH'],
    [303, 'DELETE'],
  ])('takes a %i to %s for a failure: what was to be sent would not arrive', async (status, method) => {
    redirect(status, '/next');
    const error = await failureOf(run({ method, body: { a: 1 } }));
    expect(error).toMatchObject({ code: 'redirect-refused', details: { status, retryable: false } });
    expect(error.message).toContain(`turns the ${method} into a GET`);
    expect(first.requests.map(({ path }) => path)).toEqual(['/']);
  });

  it.each([301, 302, 303])('follows a %i to GET and HEAD, which stay what they are', async (status) => {
    redirect(status, '/next');
    for (const method of ['GET', 'HEAD']) expect(await run({ method })).toMatchObject({ output: { status: 200 } });
  });

  it('keeps credentials within an origin and drops them, and every other secret, beyond it', async () => {
    const credentials = {
      ...{ authorization: 'Basic abc', cookie: 'a=b', 'x-api-key': 'plain', 'X-Auth-Token': 't', 'private-token': 'p' },
      ...{ 'x-pin': '{{secrets.pin}}', 'x-key': '{{secrets.key}}', 'x-anything': 'else', 'idempotency-key': 'own' },
    };
    const headers = { ...credentials, accept: 'text/plain', 'accept-language': '{{secrets.pin}}' };
    const secrets = { key: 'the-api-key', pin: '42' };
    redirect(307, '/next');
    await run({ headers }, secrets);
    expect(first.requests[1]!.headers).toMatchObject({ 'x-key': 'the-api-key', 'x-pin': '42', 'x-api-key': 'plain' });
    redirect(307, `${second.url}/next`);
    await run({ headers }, secrets);
    const { headers: received } = second.requests[0]!;
    expect(received).toMatchObject({ accept: 'text/plain', 'x-attempt': '1', 'user-agent': 'scheduled-task-runner' });
    for (const name of Object.keys(credentials)) expect(received[name.toLowerCase()]).toBeUndefined();
    expect(received['accept-language']).toBeUndefined();
  });

  it.each([
    ['a short secret', { body: { pin: '{{secrets.pin}}' } }],
    ['a short secret within a text', { body: ['a', { b: 'pin={{secrets.pin}}!' }] }],
    ['the token of a call-back', { body: '{{run}}' }],
    ['a secret in the new address', {}, '?key=the-api-key'],
  ])('sends %s to no other origin', async (_, fields, query = '') => {
    redirect(308, `${second.url}/next${query}`);
    const error = await failureOf(run(fields, { pin: '7', key: 'the-api-key' }));
    expect(error).toMatchObject({ code: 'redirect-refused', details: { retryable: false } });
    expect(second.requests).toEqual([]);
  });

  it('sends no body with a secret to another origin', async () => {
    redirect(308, `${second.url}/next`);
    const error = await failureOf(run({ body: { key: '{{secrets.key}}' } }, { key: 'the-api-key' }));
    expect(error).toMatchObject({ code: 'redirect-refused', details: { retryable: false } });
    expect(second.requests).toEqual([]);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://127.0.0.2/',
    'http://0x7f.0.0.2/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    '//10.0.0.1/',
  ])('does not follow to %s', async (location) => {
    redirect(307, location);
    expect(await failureOf(run())).toMatchObject({ code: 'address-refused', details: { retryable: false } });
  });

  it.each(['ftp://a.example/', 'file:///etc/passwd', 'http://', 'javascript:1', 'http://u:p@127.0.0.1/'])(
    'does not follow to %s either',
    async (location) => {
      redirect(307, location);
      expect(await failureOf(run())).toMatchObject({ code: 'redirect-refused', details: { retryable: false } });
    },
  );

  it('follows five in a row and no more', async () => {
    let last = 5;
    first.answer = (response, { path }) => {
      const step = Number(path.slice(1));
      return step < last ? response.writeHead(307, { location: `/${step + 1}` }).end() : response.end('arrived');
    };
    expect(await run()).toMatchObject({ output: { body: 'arrived' } });
    last = 6;
    expect((await failureOf(run())).code).toBe('redirect-refused');
    expect(first.requests).toHaveLength(12);
  });

  it('takes a redirect without a target for a failure', async () => {
    first.answer = (response) => response.writeHead(302).end();
    expect((await failureOf(run())).code).toBe('http-302');
  });
});
