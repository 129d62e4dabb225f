import { createHmac } from 'node:crypto';
import { Controller, Get, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditRecorder } from '../../src/audit/audit-recorder.js';
import { ApiKeyReads, ApiKeyStore } from '../../src/auth/api-key.store.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { Requires } from '../../src/auth/permissions.js';
import { ROLES, type Role } from '../../src/auth/roles.js';
import { Clock } from '../../src/clock/clock.js';
import { HTTP_APP_OPTIONS } from '../../src/rest/http-app.js';
import { createHttpAdapter } from '../../src/rest/http/http-adapter.js';
import { httpDefaults } from '../../src/settings/settings.schema.js';
import { RuntimeSettings } from '../../src/settings/runtime-settings.js';
import { GENEROUS, NOON, RestWorld, SECRET } from './rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

/** The role that each route requires, by the HTTP contract. */
const CONTRACT: Record<string, Role> = {
  'POST /v1/tasks': 'editor',
  'POST /v1/tasks/batch': 'editor',
  'POST /v1/tasks/pause': 'operator',
  'POST /v1/tasks/delete': 'editor',
  'POST /v1/tasks/resume': 'operator',
  'GET /v1/tasks': 'viewer',
  'GET /v1/tasks/{id}': 'viewer',
  'PATCH /v1/tasks/{id}': 'editor',
  'DELETE /v1/tasks/{id}': 'editor',
  'POST /v1/tasks/{id}/pause': 'operator',
  'POST /v1/tasks/{id}/resume': 'operator',
  'POST /v1/tasks/{id}/run': 'operator',
  'POST /v1/tasks/{id}/skip': 'operator',
  'DELETE /v1/tasks/{id}/skip': 'operator',
  'POST /v1/tasks/{id}/backfill': 'operator',
  'GET /v1/tasks/{id}/next-runs': 'viewer',
  'GET /v1/tasks/{id}/occurrences': 'viewer',
  'GET /v1/tasks/{id}/explain': 'viewer',
  'GET /v1/occurrences': 'viewer',
  'GET /v1/stats/series': 'viewer',
  'POST /v1/tasks/check': 'editor',
  'GET /v1/runs/failures': 'viewer',
  'GET /v1/upcoming': 'viewer',
  'GET /v1/search': 'viewer',
  'GET /v1/tasks/facets': 'viewer',
  'GET /v1/attention': 'viewer',
  'POST /v1/tasks/outcomes': 'viewer',
  'GET /v1/runs': 'viewer',
  'GET /v1/runs/{id}': 'viewer',
  'POST /v1/runs/{id}/cancel': 'operator',
  'POST /v1/runs/{id}/retry': 'operator',
  'POST /v1/runs/retry': 'operator',
  'POST /v1/runs/{id}/complete': 'operator',
  'POST /v1/runs/{id}/heartbeat': 'operator',
  'GET /v1/forecast/starts': 'viewer',
  'GET /v1/runs/{id}/log': 'viewer',
  'POST /v1/triggers/preview': 'viewer',
  'POST /v1/triggers/events/{type}': 'operator',
  'GET /v1/instances': 'viewer',
  'GET /v1/queues': 'viewer',
  'POST /v1/queues/{name}/pause': 'operator',
  'POST /v1/queues/{name}/resume': 'operator',
  'GET /v1/forecast': 'viewer',
  'POST /v1/forecast': 'viewer',
  'GET /v1/clock-changes': 'viewer',
  'GET /v1/stats': 'viewer',
  'GET /v1/reports': 'viewer',
  'POST /v1/report-schedules': 'editor',
  'GET /v1/report-schedules': 'viewer',
  'GET /v1/report-schedules/{id}': 'viewer',
  'PATCH /v1/report-schedules/{id}': 'editor',
  'DELETE /v1/report-schedules/{id}': 'editor',
  'GET /v1/me': 'viewer',
  'GET /v1/audit': 'admin',
  'GET /v1/audit/verify': 'admin',
  'GET /v1/audit/{sequence}': 'admin',
  'POST /v1/api-keys': 'admin',
  'GET /v1/api-keys': 'admin',
  'DELETE /v1/api-keys/{id}': 'admin',
  'GET /v1/settings': 'admin',
  'PUT /v1/settings': 'admin',
  'POST /v1/settings/impact': 'admin',
  'GET /v1/calendars/{name}/days': 'viewer',
  'POST /v1/events': 'operator',
  'GET /v1/events': 'viewer',
  'GET /v1/events/{id}': 'viewer',
  'POST /v1/webhook-sources': 'admin',
  'GET /v1/webhook-sources': 'admin',
  'GET /v1/webhook-sources/{id}': 'admin',
  'PATCH /v1/webhook-sources/{id}': 'admin',
  'DELETE /v1/webhook-sources/{id}': 'admin',
  'DELETE /v1/webhook-sources/{id}/secrets/{secret}': 'admin',
  'POST /v1/webhook-sources/{id}/test': 'admin',
  'GET /v1/webhook-sources/{id}/deliveries': 'viewer',
  'POST /v1/webhook-sources/{id}/deliveries/{delivery}/replay': 'admin',
  'POST /v1/notification-channels': 'admin',
  'GET /v1/notification-channels': 'viewer',
  'GET /v1/notification-channels/{id}': 'viewer',
  'PATCH /v1/notification-channels/{id}': 'admin',
  'DELETE /v1/notification-channels/{id}': 'admin',
  'POST /v1/notification-channels/{id}/test': 'admin',
  'POST /v1/notification-rules': 'editor',
  'GET /v1/notification-rules': 'viewer',
  'GET /v1/notification-rules/{id}': 'viewer',
  'PATCH /v1/notification-rules/{id}': 'editor',
  'DELETE /v1/notification-rules/{id}': 'editor',
  'GET /v1/notification-deliveries': 'viewer',
  'GET /v1/notification-deliveries/{id}': 'viewer',
  'POST /v1/notification-deliveries/redeliver': 'operator',
  'POST /v1/notification-deliveries/{id}/redeliver': 'operator',
  'GET /v1/changes': 'viewer',
  'GET /v1/settings/usage': 'viewer',
  'GET /v1/tasks/{id}/figures': 'viewer',
  'GET /v1/tasks/{id}/versions': 'viewer',
  'GET /v1/tasks/{id}/versions/{version}': 'viewer',
  'POST /v1/runs/cancel': 'operator',
  'GET /v1/dead-letters': 'admin',
  'POST /v1/dead-letters/{id}/replay': 'admin',
};
/** A signature lets in here. */
const SIGNED = ['POST /v1/hooks/{sourceId}'];
/** Routes for the installation's operator: no role of an organization opens them. */
const INSTALLATION = [
  'GET /v1/installation/organizations/{organization}',
  'PUT /v1/installation/organizations/{organization}',
  'GET /v1/installation/settings',
  'PUT /v1/installation/settings',
  'PATCH /v1/installation/settings',
  'GET /v1/installation/transports',
  'GET /v1/installation/audit',
  'GET /v1/installation/audit/verify',
];
const PUBLIC = ['GET /health/live', 'GET /health/ready', 'GET /metrics'];
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

async function documentedRoutes(): Promise<string[]> {
  const { paths } = JSON.parse((await world.ask('GET /docs-json')).text) as {
    paths: Record<string, Record<string, unknown>>;
  };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => METHODS.includes(method))
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
}

const lineOf = (route: string) =>
  route
    .replace('{type}', 'e')
    .replace('{version}', '1')
    .replace(/\{(id|secret|delivery)\}/g, 'nothing');

describe('the roles', () => {
  it('are told of every documented route', async () => {
    expect((await documentedRoutes()).sort()).toEqual(
      [...Object.keys(CONTRACT), ...INSTALLATION, ...PUBLIC, ...SIGNED].sort(),
    );
  });

  it.each(Object.entries(CONTRACT))('for %s are %s and those that include it', async (route, required) => {
    for (const role of ROLES) {
      const { status } = await world.ask(lineOf(route), { as: role });
      const mayPass = ROLES.indexOf(role) >= ROLES.indexOf(required);
      expect({ role, refused: status === 403 }).toEqual({ role, refused: !mayPass });
    }
    expect((await world.ask(lineOf(route), { as: 'nobody' })).status).toBe(403);
    expect((await world.ask(lineOf(route), { headers: { authorization: '' } })).status).toBe(401);
  });

  it.each(INSTALLATION)('leave %s to the claim of the installation', async (route) => {
    const line = route.replace('{organization}', 'acme');
    for (const role of ROLES) expect((await world.ask(line, { as: role, body: {} })).status).toBe(403);
    expect((await world.ask(line, { headers: { authorization: '' } })).status).toBe(401);
    expect((await world.ask(line, { as: 'nobody', installation: true, body: {} })).status).toBe(200);
  });

  it.each([...PUBLIC, 'GET /docs', 'GET /docs-json'])('are not asked for %s', async (line) => {
    expect((await world.app.inject({ method: 'GET', url: line.split(' ')[1]! })).statusCode).toBe(200);
  });

  it('name what is missing', async () => {
    const { body } = await world.ask('POST /v1/tasks', { as: 'viewer' });
    expect(body).toMatchObject({ status: 403, detail: expect.stringContaining('"editor"') });
  });
});

describe('another organization', () => {
  it('gets 404 for every task and run, as if there were none', async () => {
    const run = await world.finishedRun();
    const routes = Object.keys(CONTRACT).filter((route) => route.includes('{id}'));
    for (const route of routes) {
      const id = route.includes('/runs/') ? run.id : run.taskId;
      const bodies: Record<string, unknown> = {
        pause: { reason: 'r' },
        complete: { token: 't', outcome: 'succeeded' },
        heartbeat: { token: 't' },
        skip: { at: '2027-01-01T00:00:00Z', reason: 'r' },
        backfill: { from: '2027-01-01T00:00:00Z', to: '2027-01-02T00:00:00Z' },
      };
      const fitting = bodies[route.split('/').at(-1)!];
      const ask = {
        organization: 'others',
        ...(fitting !== undefined && { body: fitting }),
        ...(route.startsWith('PATCH') && { body: {} }),
      };
      const query = route === 'DELETE /v1/tasks/{id}/skip' ? '?at=2027-01-01T00:00:00Z' : '';
      const { status } = await world.ask(`${route.replace('{id}', id).replace('{version}', '1')}${query}`, ask);
      expect({ route, status }).toEqual({ route, status: 404 });
    }
    expect((await world.ask(`GET /v1/tasks/${run.taskId}`)).status).toBe(200);
  });

  it('finds nothing in its lists', async () => {
    await world.finishedRun();
    for (const path of ['/v1/tasks', '/v1/runs']) {
      expect((await world.ask(`GET ${path}`, { organization: 'others' })).body.items).toEqual([]);
    }
  });
});

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const NOW = NOON / 1000;
const CLAIMS = { sub: 'me', org: 'acme', roles: ['admin'], exp: NOW + 3600 };

function signed(claims: unknown, { alg = 'HS256', secret = SECRET } = {}): string {
  const text = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
  const hash = alg === 'HS512' ? 'sha512' : 'sha256';
  return `${text}.${alg === 'none' ? '' : createHmac(hash, secret).update(text).digest('base64url')}`;
}

const asking = (of: RestWorld, authorization: string) => of.ask('GET /v1/tasks', { headers: { authorization } });

describe('a token', () => {
  it('opens the door', async () => {
    expect((await asking(world, `Bearer ${signed(CLAIMS)}`)).status).toBe(200);
  });

  it.each([
    ['of another secret', signed(CLAIMS, { secret: 'another secret of 32 bytes or more' })],
    ['without a signature', signed(CLAIMS, { alg: 'none' })],
    ['of another algorithm', signed(CLAIMS, { alg: 'HS512' })],
    ['that has expired', signed({ ...CLAIMS, exp: NOW - 1 })],
    ['that is not valid yet', signed({ ...CLAIMS, nbf: NOW + 60 })],
    ['that never expires', signed({ ...CLAIMS, exp: undefined })],
    ['without a subject', signed({ ...CLAIMS, sub: undefined })],
    ['without an organization', signed({ ...CLAIMS, org: undefined })],
    ['with an organization that is not a name', signed({ ...CLAIMS, org: '../x' })],
    ['with roles that are no list', signed({ ...CLAIMS, roles: 'admin' })],
    ['that was changed', signed(CLAIMS).replace('.', '.x')],
    ['that is none', 'abc'],
  ])('%s is refused with 401', async (_what, token) => {
    const answer = await asking(world, `Bearer ${token}`);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer realm="[^"]+", error="invalid_token", error_description="[^"]+"$/,
    );
    expect(answer.text).not.toContain(token);
  });

  it('that is not there is asked for', async () => {
    const answer = await world.app.inject({ method: 'GET', url: '/v1/tasks' });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="scheduled-task-runner"');
  });

  it.each(['Basic YTpi', 'Bearer', 'Bearer a b', `bearer${signed(CLAIMS)}`])('cannot be sent as %j', async (header) => {
    expect((await asking(world, header)).status).toBe(401);
  });

  it('with unknown roles is good for nothing', async () => {
    const token = signed({ ...CLAIMS, roles: ['root', 7, null] });
    expect((await asking(world, `Bearer ${token}`)).status).toBe(403);
    expect((await asking(world, `Bearer ${signed({ ...CLAIMS, roles: ['root', 'viewer'] })}`)).status).toBe(200);
  });

  it('must claim issuer and audience where they are set', async () => {
    const strict = await RestWorld.start({ issuer: 'us', audience: 'runner' });
    const status = async (claims: object) =>
      (await asking(strict, `Bearer ${signed({ ...CLAIMS, ...claims })}`)).status;
    expect(await status({ iss: 'us', aud: 'runner' })).toBe(200);
    expect(await status({ iss: 'us', aud: ['other', 'runner'] })).toBe(200);
    expect(await status({ iss: 'them', aud: 'runner' })).toBe(401);
    expect(await status({ iss: 'us' })).toBe(401);
    await strict.stop();
  });
});

describe('a route without a rule', () => {
  @Controller()
  class Careless {
    @Get('ruled')
    @Requires('viewer')
    ruled(): void {}

    @Get('open')
    open(): void {}
  }

  @Module({
    providers: [Clock, ApiKeyStore, ApiKeyReads, AuditRecorder, RuntimeSettings].map((provide) => ({
      provide,
      useValue: { declare: () => undefined },
    })),
    exports: [Clock, ApiKeyStore, ApiKeyReads, AuditRecorder, RuntimeSettings],
  })
  class Needed {}

  it('keeps the service from starting', async () => {
    const auth = AuthModule.forRoot({ secret: SECRET, keysUrl: null, issuer: null, audience: null, rates: GENEROUS }, [
      Needed,
    ]);
    const built = await Test.createTestingModule({ imports: [auth], controllers: [Careless] }).compile();
    const app = built.createNestApplication(createHttpAdapter(httpDefaults()), { ...HTTP_APP_OPTIONS, logger: false });
    await expect(app.init()).rejects.toThrow('neither @Requires nor @RequiresInstallation nor @Public: Careless.open.');
  });
});
