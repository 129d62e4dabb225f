import { createServer, type Server } from 'node:https';
import { createServer as createProxy, request as forward, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { anAttempt, failureOf } from '../../../test/support/action-world.js';
import { aCertificate } from '../../../test/support/certificates.js';
import { anHttpAction } from '../../../test/support/http-action.js';
import { HttpTarget } from '../../../test/support/http-target.js';
import { httpActionSchema } from '../../domain/action.js';
import { AddressGuard } from './address-guard.js';
import { GuardedClient } from './guarded-client.js';

const authority = aCertificate('an authority');
const ofServer = aCertificate('server', authority);
const [ofAcme, ofUmbrella] = [aCertificate('acme', authority), aCertificate('umbrella', authority)];

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

describe('HttpAction with TLS', () => {
  let server: Server;
  let client: GuardedClient;
  const seen: { name: string; socket: TLSSocket }[] = [];

  beforeAll(async () => {
    const trust = { requestCert: true, rejectUnauthorized: false, ca: authority.cert };
    server = createServer({ cert: ofServer.cert, key: ofServer.key, ...trust }, (request, response) => {
      const socket = request.socket as TLSSocket;
      const name = socket.authorized ? String(socket.getPeerCertificate().subject.CN) : 'nobody';
      seen.push({ name, socket });
      const target = new URL(request.url!, 'https://x').searchParams.get('to');
      if (target) response.writeHead(307, { location: target }).end();
      else response.end(name);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.close();
  });
  beforeEach(() => {
    seen.length = 0;
    client = new GuardedClient(new AddressGuard(['127.0.0.1', 'localhost']));
  });
  afterEach(() => client.close());

  const url = (host = '127.0.0.1') => `https://${host}:${portOf(server)}/`;
  const run = (tls: object | undefined, { organization = 'acme', secrets = {}, to = url() } = {}) =>
    anHttpAction(client).execute(
      httpActionSchema.parse({ type: 'http', url: to, ...(tls && { tls }) }),
      anAttempt({ secrets, run: { organization } }),
    );
  const templates = { cert: '{{secrets.cert}}', key: '{{secrets.key}}', ca: '{{secrets.ca}}' };
  const secretsOf = ({ cert, key }: { cert: string; key: string }) => ({ cert, key, ca: authority.cert });

  it("shows the task's certificate, and trusts the task's authority", async () => {
    expect(await run(templates, { secrets: secretsOf(ofAcme) })).toMatchObject({ output: { body: 'acme' } });
    expect(await run({ ca: authority.cert })).toMatchObject({ output: { body: 'nobody' } });
  });

  it('trusts no server that neither the usual nor its own authorities vouch for', async () => {
    const codes = /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?)$/;
    expect((await failureOf(run(undefined))).code).toMatch(codes);
    expect((await failureOf(run({ ca: aCertificate('another').cert }))).code).toMatch(codes);
    const former = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect((await failureOf(run(undefined))).code).toMatch(codes);
    } finally {
      if (former === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = former;
    }
    expect(seen).toEqual([]);
  });

  it('never lends a connection with a certificate to another organization, or to a task without it', async () => {
    const [acme, umbrella] = [secretsOf(ofAcme), secretsOf(ofUmbrella)];
    await run(templates, { secrets: acme });
    await run(templates, { secrets: acme });
    await run(templates, { secrets: umbrella, organization: 'umbrella' });
    await run(templates, { secrets: acme, organization: 'umbrella' });
    await run({ ca: authority.cert });
    expect(seen.map(({ name }) => name)).toEqual(['acme', 'acme', 'umbrella', 'acme', 'nobody']);
    const sockets = seen.map(({ socket }) => socket);
    const apart = [sockets.slice(0, 2), ...sockets.slice(2).map((socket) => [socket])];
    expect(new Set(sockets).size).toBe(apart.reduce((sum, each) => sum + new Set(each).size, 0));
  });

  it('closes the connections of certificates that were not used for long, for each organization by itself', async () => {
    await run(templates, { secrets: secretsOf(ofUmbrella), organization: 'umbrella' });
    await run(templates, { secrets: secretsOf(ofAcme) });
    const [umbrella, acme] = seen.map(({ socket }) => socket);
    const closed = once(acme!, 'close');
    for (let count = 0; count < 8; count++) {
      const next = aCertificate(`c${count}`, authority);
      await run(templates, { secrets: secretsOf(next) });
    }
    await closed;
    expect(umbrella!.destroyed).toBe(false);
  });

  it('shows no certificate to another origin that it is redirected to', async () => {
    const to = `${url()}?to=${encodeURIComponent(url('localhost'))}`;
    expect((await failureOf(run(templates, { secrets: secretsOf(ofAcme), to }))).code).not.toBe('');
    expect(seen.map(({ name }) => name)).toEqual(['acme']);
  });

  it.each([
    ['of another certificate', { ...secretsOf(ofAcme), key: ofUmbrella.key }],
    ['that is none', { ...secretsOf(ofAcme), key: 'not-a-key' }],
  ])('refuses a key %s, without showing it', async (_what, secrets) => {
    const error = await failureOf(run(templates, { secrets }));
    expect(error).toMatchObject({ code: 'tls-identity', details: { retryable: false } });
    expect(error.message).not.toContain(secrets.key.slice(40, 80) || 'not-a-key');
  });

  it('sends nothing in clear where the task wants encryption', async () => {
    const target = await HttpTarget.start();
    const error = await failureOf(run(templates, { secrets: secretsOf(ofAcme), to: `${target.url}/` }));
    expect(error).toMatchObject({ code: 'tls-identity', details: { retryable: false } });
    expect(target.requests).toEqual([]);
    await target.close();
  });

  it.each([[{}], [{ cert: 'a' }], [{ key: 'a' }], [{ rejectUnauthorized: false, ca: 'a' }], [{ cert: 1, key: 1 }]])(
    'is not to be had as %j',
    (tls) => {
      expect(httpActionSchema.safeParse({ type: 'http', url: 'https://a.example/', tls }).success).toBe(false);
    },
  );
});

describe('HttpAction by way of the proxy', () => {
  let target: HttpTarget;
  let proxy: ReturnType<typeof createProxy>;
  let client: GuardedClient;
  const asked: string[] = [];
  const authorizations: unknown[] = [];

  beforeEach(async () => {
    asked.length = authorizations.length = 0;
    target = await HttpTarget.start();
    proxy = createProxy((request, response) => {
      note(request);
      const { host, pathname } = new URL(request.url!);
      const onward = forward(
        { port: target.port, path: pathname, method: request.method, headers: { host } },
        (answer) => {
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
        },
      );
      request.pipe(onward);
    });
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      note(request);
      const onward = connect(target.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    client = new GuardedClient(guard, `http://one:two@127.0.0.1:${portOf(proxy)}`);
  });
  afterEach(async () => {
    await client.close();
    proxy.closeAllConnections();
    proxy.close();
    await target.close();
  });

  const note = (request: IncomingMessage) => {
    asked.push(`${request.method} ${request.url}`);
    authorizations.push(request.headers['proxy-authorization']);
  };
  /** Knows one name of the inside, and one of the outside; others only the proxy can look up. */
  const guard = new AddressGuard(['10.1.1.1'], (host, _options, done) => {
    const known: Record<string, string> = { 'inside.example': '10.0.0.5', 'outside.example': '93.184.216.34' };
    const address = known[host];
    if (address) done(null, [{ address, family: 4 }]);
    else done(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
  });
  const run = (url: string) => anHttpAction(client).execute(httpActionSchema.parse({ type: 'http', url }), anAttempt());

  it.each(['outside.example', 'known-to-the-proxy-only.example', '93.184.216.34', '10.1.1.1'])(
    'reaches %s, and tells the proxy who asks',
    async (host) => {
      expect(await run(`http://${host}/a`)).toMatchObject({ output: { status: 200 } });
      expect(asked).toEqual([`POST http://${host}/a`]);
      expect(authorizations).toEqual([`Basic ${Buffer.from('one:two').toString('base64')}`]);
      expect(target.requests[0]!.headers['proxy-authorization']).toBeUndefined();
    },
  );

  it('asks the proxy for a tunnel where the call is encrypted', async () => {
    await failureOf(run('https://outside.example/a'));
    expect(asked).toEqual(['CONNECT outside.example:443']);
  });

  it.each([
    'inside.example',
    'localhost',
    'a.localhost',
    '127.0.0.1',
    '169.254.169.254',
    '2130706433',
    '[::1]',
    '10.0.0.5',
  ])('does not ask the proxy for %s', async (host) => {
    for (const scheme of ['http', 'https']) {
      expect(await failureOf(run(`${scheme}://${host}/`))).toMatchObject({ code: 'address-refused' });
    }
    expect(asked).toEqual([]);
  });

  it('follows no redirect to the inside', async () => {
    target.answer = (response) => response.writeHead(307, { location: 'http://inside.example/' }).end();
    expect((await failureOf(run('http://outside.example/'))).code).toBe('address-refused');
    expect(asked).toHaveLength(1);
  });

  it('goes straight without one, whatever the environment says', async () => {
    const former = { ...process.env };
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'])
      process.env[name] = `http://127.0.0.1:${portOf(proxy)}`;
    const straight = new GuardedClient(new AddressGuard(['127.0.0.1']));
    try {
      const action = httpActionSchema.parse({ type: 'http', url: `${target.url}/` });
      expect(await anHttpAction(straight).execute(action, anAttempt())).toMatchObject({ output: { status: 200 } });
      expect(asked).toEqual([]);
    } finally {
      for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) {
        if (former[name] === undefined) delete process.env[name];
        else process.env[name] = former[name];
      }
      await straight.close();
    }
  });
});
