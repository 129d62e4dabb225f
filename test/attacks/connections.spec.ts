import { connect, type Socket } from 'node:net';
import { gzipSync, brotliCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { askerGone } from '../../src/batching/asker.js';
import { ListedRuns } from '../../src/overview/listed-runs.js';
import { RunsService } from '../../src/scheduling/runs/runs.service.js';
import { RestWorld } from '../rest/rest-world.js';

let world: RestWorld;
let port: number;
beforeAll(async () => {
  world = await RestWorld.start({}, { headersTimeoutMs: 150, requestTimeoutMs: 400, maxConnections: 5 });
  await world.app.listen(0, '127.0.0.1');
  ({ port } = world.app.getHttpServer().address() as { port: number });
});
afterAll(() => world.stop());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  while ((await connections()) > 0) await new Promise(setImmediate);
  jest.restoreAllMocks();
});

const sockets: Socket[] = [];
const connections = (): Promise<number> =>
  new Promise((resolve) => world.app.getHttpServer().getConnections((_: unknown, count: number) => resolve(count)));

async function open(text = ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  // The server may reset the connection when it closes.
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return socket;
}

/** All that the server answers before it closes the connection. */
async function answered(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (data: Buffer) => (text += data.toString()));
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

describe('a slow client', () => {
  it.each([
    ['its headers', 'GET /health/live HTTP/1.1\r\nhost: x\r\nx-a: b\r\n'],
    ['its body', 'POST /v1/tasks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{'],
  ])('that does not complete %s is answered with 408 and shut out', async (_what, begun) => {
    const socket = await open(begun);
    const drip = setInterval(() => socket.write('x'), 20);
    const answer = await answered(socket).finally(() => clearInterval(drip));
    expect(answer).toMatch(/^HTTP\/1\.1 (408|400)/);
  });

  it('that says nothing keeps no more than its share of connections from others', async () => {
    for (let i = 0; i < 5; i++) await open();
    expect(await answered(await open('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n'))).toBe('');
  });
});

describe('a client that goes away before its answer', () => {
  const asked = async (line: string, more = '\r\n'): Promise<Socket> => {
    const token = await world.token('admin', 'acme');
    return open(`${line} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n${more}`);
  };

  it('leaves every line in which its request waits', async () => {
    const signals: AbortSignal[] = [];
    const left = new Promise<Error>((resolve) => {
      jest.spyOn(world.app.get(ListedRuns, { strict: false }), 'of').mockImplementation(async () => {
        const gone = askerGone()!;
        signals.push(gone);
        await new Promise((_, reject) => gone.addEventListener('abort', () => reject(gone.reason as Error))).catch(
          (error: Error) => {
            resolve(error);
            throw error;
          },
        );
        throw new Error('not reached');
      });
    });
    const staying = await asked('GET /v1/runs');
    const leaving = await asked('GET /v1/runs');
    while (signals.length < 2) await new Promise(setImmediate);
    leaving.destroy();
    expect(await left).toMatchObject({ code: 'overloaded' });
    expect(signals.filter(({ aborted }) => aborted)).toHaveLength(1);
    staying.destroy();
  });

  it('does not stop a change that it has asked for', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const runs = world.app.get(RunsService, { strict: false });
    const retrying = new Promise<void>((resolve) => {
      jest.spyOn(runs, 'retry').mockImplementation(() => {
        signals.push(askerGone());
        resolve();
        return Promise.reject(new Error('enough'));
      });
    });
    await asked('POST /v1/runs/x/retry');
    await retrying;
    expect(signals).toEqual([undefined]);
  });
});

describe('what no route gets to see', () => {
  const get = (target: string, headers: string) => `GET ${target} HTTP/1.1\r\n${headers}\r\n\r\n`;
  const long = 'b'.repeat(20_000);

  it.each([
    ['headers that are too large', 431, get('/health/live', `host: x\r\nx-a: ${long}`)],
    ['what is not HTTP', 400, 'this is not HTTP\r\n\r\n'],
    ['a header without a name', 400, get('/health/live', 'host: x\r\n: y')],
    ['two lengths of one body', 400, get('/health/live', 'host: x\r\ncontent-length: 1\r\ncontent-length: 2')],
    ['a length and chunks', 400, get('/v1/tasks', 'host: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked')],
    ['no host', 400, get('/health/live', 'connection: close')],
    ['a bad percent', 400, get('/v1/tasks/%zz', 'host: x\r\nconnection: close')],
    ['a part of a path that is too long', 414, get(`/v1/tasks/${'a'.repeat(600)}`, 'host: x\r\nconnection: close')],
    ['an expectation', 417, get('/health/live', 'host: x\r\nexpect: a-miracle')],
    ['headers that never end', 408, 'GET /health/live HTTP/1.1\r\nhost: x\r\nx-a: b\r\n'],
  ])('%s is answered with a problem and the headers of every answer: %i', async (_what, status, text) => {
    const answer = await answered(await open(text));
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    for (const name of [
      'x-content-type-options: nosniff',
      'content-security-policy: ',
      'x-frame-options: DENY',
      'x-request-id: ',
    ])
      expect(head.toLowerCase()).toContain(name.toLowerCase());
    expect(head.toLowerCase()).toMatch(/\r\ncontent-type: application\/problem\+json/);
    expect(head.toLowerCase()).toContain('cache-control: no-store');
    expect(JSON.parse(body)).toMatchObject({
      status,
      type: expect.stringMatching(/^urn:task-runner:problem:/),
      errors: [],
    });
    expect(JSON.parse(body)).not.toMatchObject({ detail: '' });
  });
});

describe('what is too large', () => {
  it.each([
    ['gzip', gzipSync(Buffer.alloc(5_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(5_000_000))],
    ['deflate', Buffer.from('x')],
    ['identity, gzip', Buffer.from('x')],
  ])('when it is decompressed is not decompressed: %s is a 415', async (encoding, payload) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    const answer = await world.app.inject({ method: 'POST', url: '/v1/tasks', headers, payload });
    expect(answer.statusCode).toBe(415);
    expect(answer.headers).toMatchObject({ 'accept-encoding': 'identity' });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});

describe('a browser', () => {
  it('is told what it must not do with an answer', async () => {
    const { headers } = await world.ask('GET /v1/tasks');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'self'"),
    });
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('finds in the documentation nothing that its policy forbids', async () => {
    const { payload, headers } = await world.app.inject('/docs');
    expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe|upgrade-insecure-requests/);
    const scripts = payload.match(/<script[^>]*>[^<]*/g) ?? [];
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect(script).toMatch(/ src=['"]\.?\/[^/][^>]*>\s*$/);
    expect(payload).not.toMatch(/<[^>]+\s(on[a-z]+=|(src|href)=['"]?(https?:)?\/\/)/);
  });
});
