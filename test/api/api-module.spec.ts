import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Body,
  Catch,
  Controller,
  Inject,
  Injectable,
  Module,
  Post,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type PipeTransform,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TaskRunnerApiModule, type HostIdentity, type TaskRunnerApiOptions } from '../../src/api/index.js';
import { TaskRunnerModule, TaskScheduler } from '../../src/index.js';
import { schemeOf } from '../../src/webhooks/schemes/schemes.js';

interface HostRequest {
  headers: Record<string, string | undefined>;
}

@Injectable()
class Sessions {
  readonly good = new Set(['good']);
}

@Injectable()
class SessionGuard implements CanActivate {
  constructor(@Inject(Sessions) private readonly sessions: Sessions) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<HostRequest>();
    if (headers['x-session'] === 'broken') throw new Error('the sessions are away');
    return this.sessions.good.has(headers['x-session'] ?? '');
  }
}

const identity = ({ headers }: HostRequest): HostIdentity | null => {
  const role = headers['x-role'];
  if (role === undefined) return null;
  return { organization: headers['x-org'] ?? 'acme', subject: 'ada', roles: [role as 'viewer'] };
};

@Controller('echo')
class EchoController {
  @Post()
  echo(@Body() body: unknown): unknown {
    if (JSON.stringify(body) === '{"fail":true}') throw new Error('of the host');
    return { echo: body };
  }
}

@Catch()
class HostFilter implements ExceptionFilter {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  catch(_: unknown, context: ArgumentsHost): void {
    this.host.httpAdapter.reply(context.switchToHttp().getResponse(), { host: 'refuses' }, 418);
  }
}

/** Would spoil each body of the API. */
class HostPipe implements PipeTransform {
  transform(value: unknown): unknown {
    return { piped: value };
  }
}

const portOf = (app: INestApplication): number => ((app.getHttpServer() as Server).address() as AddressInfo).port;

const TASK = { name: 'by the API', triggers: [{ type: 'manual' }], action: { type: 'noop' } };
const ADAPTERS = { Express: () => new ExpressAdapter(), Fastify: () => new FastifyAdapter() };

describe.each(Object.entries(ADAPTERS))('the API in a host on %s', (_, adapter) => {
  let folder: string;
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'api-module-'));
    @Module({
      imports: [
        TaskRunnerModule.forRoot({ storeUrl: `file:${join(folder, 'tasks.db')}`, durability: 'relaxed' }),
        TaskRunnerApiModule.forRoot({ prefix: 'scheduler', guards: [SessionGuard], identity }),
      ],
      controllers: [EchoController],
      providers: [Sessions, SessionGuard, { provide: APP_FILTER, useClass: HostFilter }],
    })
    class Host {}
    app = await NestFactory.create(Host, adapter(), { logger: false, abortOnError: false });
    app.setGlobalPrefix('app');
    app.useGlobalPipes(new HostPipe());
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${portOf(app)}`;
  });
  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  const ask = async (line: string, headers: Record<string, string> = {}, body?: unknown) => {
    const [method = 'GET', path = '/'] = line.split(' ');
    const answer = await fetch(url + path, {
      method,
      headers: {
        ...{ 'x-session': 'good', 'x-role': 'admin' },
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json = /json/.test(answer.headers.get('content-type') ?? '') ? (JSON.parse(text) as never) : {};
    return {
      status: answer.status,
      headers: answer.headers,
      type: answer.headers.get('content-type'),
      text,
      body: json,
    };
  };
  const problem = (status: number, code: string) => ({
    status,
    type: expect.stringContaining('application/problem+json') as unknown,
    body: expect.objectContaining({ status, type: `urn:task-runner:problem:${code}` }) as unknown,
  });

  it('creates, shows and lists tasks of the organization that the host names', async () => {
    const key = { 'idempotency-key': 'one' };
    const made = await ask('POST /scheduler/v1/tasks', key, TASK);
    expect(made).toMatchObject({ status: 201, body: { name: 'by the API' } });
    const { id, version } = made.body as { id: string; version: string };
    expect(made.headers.get('location')).toBe(`/scheduler/v1/tasks/${id}`);
    expect(made.headers.get('etag')).toBe(`"${version}"`);
    expect(made.headers.get('ratelimit')).toMatch(/^"requests";r=\d+/);
    expect(await ask('POST /scheduler/v1/tasks', key, TASK)).toMatchObject({ status: 201, body: { id } });
    expect(await ask(`GET ${made.headers.get('location')}`, { 'if-none-match': `"${version}"` })).toMatchObject({
      status: 304,
    });
    const changed = await ask(
      `PATCH /scheduler/v1/tasks/${id}`,
      { 'content-type': 'application/merge-patch+json', 'if-match': `"${version}"` },
      { priority: 7 },
    );
    expect(changed).toMatchObject({ status: 200, body: { priority: 7 } });
    expect(await ask('GET /scheduler/v1/tasks?limit=1')).toMatchObject({ status: 200, body: { items: [{ id }] } });
    expect((await app.get(TaskScheduler).for('acme').get(id)).definition.priority).toBe(7);
    const trail = (await ask('GET /scheduler/v1/audit')).body as { items: { actor: object }[] };
    expect(trail.items[0]!.actor).toMatchObject({
      type: 'user',
      id: 'ada',
      address: expect.stringContaining('127.0.0.1'),
    });
    expect(await ask(`GET /scheduler/v1/tasks/${id}`, { 'x-org': 'other' })).toMatchObject(problem(404, 'not-found'));
  });

  it('lets nobody in whom a guard refuses, whom the host does not know, or whose role is too low', async () => {
    const forbidden = { status: 403, type: expect.stringContaining('application/problem+json') };
    expect(await ask('GET /scheduler/v1/tasks', { 'x-session': 'bad' })).toMatchObject(forbidden);
    expect(await ask('GET /scheduler/docs', { 'x-session': 'bad' })).toMatchObject(forbidden);
    const unknown = { headers: { 'x-session': 'good' } };
    const answer = await fetch(`${url}/scheduler/v1/tasks`, unknown);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      401,
      expect.stringContaining('application/problem+json'),
    ]);
    expect(await ask('POST /scheduler/v1/tasks', { 'x-role': 'viewer' }, TASK)).toMatchObject(
      problem(403, 'forbidden'),
    );
    expect(await ask('GET /scheduler/v1/tasks', { 'x-role': 'king' })).toMatchObject(problem(500, 'internal'));
    expect(await ask('GET /scheduler/v1/tasks', { 'x-session': 'broken' })).toMatchObject(problem(500, 'internal'));
    expect((await ask('GET /scheduler/v1/tasks', { 'x-session': 'broken' })).text).not.toContain('are away');
  });

  it('lets a webhook in by its signature alone', async () => {
    const made = await ask('POST /scheduler/v1/webhook-sources', {}, { name: 'builds', event: 'build' });
    const source = made.body as { id: string; url: string; secret: string };
    expect(source.url).toBe(`${url}/scheduler/v1/hooks/${source.id}`);
    const body = '{"type":"x"}';
    const sign = (secret: string) =>
      schemeOf({ type: 'standard' }).sign(secret, Buffer.from(body), { id: 'm', now: Date.now() })!;
    const send = (headers: Record<string, string>) => fetch(source.url, { method: 'POST', headers, body });
    expect((await send(sign('whsec' + `_${Buffer.alloc(32).toString('base64')}`))).status).toBe(401);
    expect((await send(sign(source.secret))).status).toBe(202);
    expect((await fetch(source.url)).status).not.toBe(200);
  });

  it('refuses what is wrong by its own rules', async () => {
    const wrong = await ask('POST /scheduler/v1/tasks', {}, { ...TASK, nmae: 'x' });
    expect(wrong).toMatchObject(problem(400, 'invalid-input'));
    expect(wrong.body).toMatchObject({ errors: [{ pointer: '/nmae' }] });
    expect(await ask('POST /scheduler/v1/tasks', {}, '{"name": "a", "name": "b"}')).toMatchObject(
      problem(400, 'invalid-input'),
    );
    expect(await ask('POST /scheduler/v1/tasks', {}, JSON.stringify('x'.repeat(1_100_000)))).toMatchObject(
      problem(413, 'body-too-large'),
    );
    expect(await ask('POST /scheduler/v1/tasks', { 'content-type': 'text/plain' }, 'x')).toMatchObject(
      problem(415, 'unsupported-media-type'),
    );
    expect(await ask('GET /scheduler/v1/nothing')).toMatchObject(problem(404, 'not-found'));
    expect(await ask('GET /scheduler/v1/api-keys')).toMatchObject(problem(404, 'not-found'));
    expect(await ask('PUT /scheduler/v1/tasks', {}, TASK)).toMatchObject(problem(405, 'method-not-allowed'));
  });

  it('describes itself under the prefix', async () => {
    expect(await ask('GET /scheduler/docs')).toMatchObject({ status: 200, type: expect.stringContaining('text/html') });
    const document = (await ask('GET /scheduler/docs-json')).body as { servers: object[]; paths: object };
    expect(document.servers).toMatchObject([{ url: '/scheduler' }]);
    expect(Object.keys(document.paths)).toContain('/v1/tasks/{id}');
    expect(Object.keys(document.paths).filter((path) => path.includes('api-keys') || path.includes('echo'))).toEqual(
      [],
    );
  });

  it("leaves the host's routes, prefix, pipes, parsers and filters alone", async () => {
    expect(await ask('POST /app/echo', {}, { a: 1 })).toMatchObject({
      status: 201,
      body: { echo: { piped: { a: 1 } } },
    });
    expect(await ask('GET /app/nothing')).toMatchObject({ status: 418, body: { host: 'refuses' } });
    // Outside of its prefix the host answers as it always does, and the API is not there.
    for (const path of ['/v1/tasks', '/schedulers/v1/tasks', '/app/scheduler/v1/tasks']) {
      const answer = await ask(`GET ${path}`);
      expect([404, 418]).toContain(answer.status);
      expect(answer.type).not.toContain('problem');
    }
  });
});

describe('the options of the API', () => {
  const good = { prefix: 'scheduler', identity };
  it.each([
    [{ identity }, 'prefix must be a path'],
    [{ ...good, prefix: 'a b' }, 'prefix must be a path'],
    [{ prefix: 'a' }, 'identity must be a function'],
    [{ ...good, guards: SessionGuard }, 'guards must be a list of classes'],
    [{ ...good, docs: 'no' }, 'docs must be true or false'],
    [{ ...good, prefx: 'a' }, 'prefx is not an option'],
    [{ ...good, runner: undefined }, 'runner is undefined'],
    [{ ...good, requestsPerMinute: 0 }, 'requestsPerMinute must be a whole number'],
  ])('refuse %p', (options, sentence) => {
    expect(() => TaskRunnerApiModule.forRoot(options as unknown as TaskRunnerApiOptions)).toThrow(sentence);
  });

  it('refuse a runner that is not there', async () => {
    @Module({ imports: [TaskRunnerApiModule.forRoot({ ...good, runner: 'reports' })] })
    class Host {}
    const app = await NestFactory.create(Host, new FastifyAdapter(), { logger: false, abortOnError: false });
    await expect(app.init()).rejects.toThrow('is for the runner "reports", which the application does not have');
    await app.close();
  });

  it('take a runner by its name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'api-module-'));
    const runner = TaskRunnerModule.forRoot({ name: 'reports', storeUrl: `file:${join(folder, 'tasks.db')}` });
    @Module({ imports: [runner, TaskRunnerApiModule.forRoot({ ...good, runner: 'reports' })] })
    class Host {}
    const app = await NestFactory.create(Host, new FastifyAdapter(), { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
    const answer = await fetch(`http://127.0.0.1:${portOf(app)}/scheduler/v1/tasks`, {
      headers: { 'x-role': 'viewer' },
    });
    expect(await answer.json()).toEqual({ items: [], nextCursor: null });
    await app.close();
    await rm(folder, { recursive: true });
  });
});
