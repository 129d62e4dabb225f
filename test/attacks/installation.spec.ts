import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { QuotasService } from '../../src/organizations/quotas.service.js';
import { SettingsStore } from '../../src/organizations/settings.store.js';
import { Weights } from '../../src/cluster/weights.js';
import { RestWorld, type Ask } from '../rest/rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start({}, {}, { tasks: 100 });
});
afterAll(() => world.stop());

const GRANTS = '/v1/installation/organizations/acme';
const grant = (body: unknown, ask: Ask = {}) => world.ask(`PUT ${GRANTS}`, { body, ...ask });
const asInstaller = { as: 'nobody', organization: 'operations', installation: true } as const;
const makeKey = async (body: object, ask: Ask = {}) => {
  const answer = await world.ask('POST /v1/api-keys', { body: { name: 'key', ...body }, ...ask });
  return { status: answer.status, body: JSON.parse(answer.text) as { key: string; installation: string | null } };
};
const bearing = (key: string): Ask => ({ headers: { authorization: `Bearer ${key}` } });

describe('an admin of an organization', () => {
  it.each([
    ['its own weight in its settings', 'PUT /v1/settings', { weight: 100 }, 400],
    ['its own weight, as it is', 'PUT /v1/settings', { calendars: {}, weight: 1 }, 400],
    ['wider quotas in its settings', 'PUT /v1/settings', { quotas: { tasks: 101 } }, 400],
    ['what is granted to it', `PUT ${GRANTS}`, { weight: 100 }, 403],
    ['what is granted to others', 'PUT /v1/installation/organizations/umbrella', { weight: 0.1 }, 403],
    ['a key with the right to it', 'POST /v1/api-keys', { name: 'x', roles: ['viewer'], installation: 'admin' }, 403],
    ['a key with that right as a role', 'POST /v1/api-keys', { name: 'x', roles: ['installation:admin'] }, 400],
    ['a key with that right as a role', 'POST /v1/api-keys', { name: 'x', roles: ['admin', 'installation'] }, 400],
  ])('cannot set %s', async (_, line, body, status) => {
    const answer = await world.ask(line, { body });
    expect(answer.status).toBe(status);
    expect(await world.ask(`GET ${GRANTS}`, asInstaller)).toMatchObject({ body: { weight: 1, quotas: {} } });
  });

  it('is told whose the weight is', async () => {
    const { body } = await world.ask('PUT /v1/settings', { body: { weight: 2 } });
    expect(body.errors).toMatchObject([
      { pointer: '/weight', detail: expect.stringContaining('runs the installation') },
    ]);
  });

  it('cannot see what is granted, nor can a key of it, whatever a token claims but the one word', async () => {
    expect((await world.ask(`GET ${GRANTS}`)).status).toBe(403);
    const { body } = await makeKey({ roles: ['admin'] });
    expect(body.installation).toBeNull();
    expect((await world.ask(`GET ${GRANTS}`, bearing(body.key))).status).toBe(403);
    expect((await grant({ weight: 5 }, bearing(body.key))).status).toBe(403);
    const nested = await world.ask('POST /v1/api-keys', { body: { name: 'x', roles: ['viewer'], installation: 'admin' }, ...bearing(body.key) }); // prettier-ignore
    expect(nested.status).toBe(403);
  });

  it('gains nothing by a weight that an older program stored among its settings', async () => {
    const store = world.app.get(SettingsStore, { strict: false });
    expect(await store.put('cunning', { weight: 100, calendars: {}, resources: {}, quotas: {} }, 0)).toBe(true);
    const shown = await world.ask('GET /v1/settings', { organization: 'cunning' });
    expect(shown.body).toEqual({ calendars: {}, resources: {}, quotas: {} });
    const weights = world.app.get(Weights, { strict: false });
    weights.of('cunning');
    await world.driven(new Promise((resolve) => setTimeout(resolve, 20)));
    expect(weights.of('cunning')).toBe(1);
  });
});

describe('whoever runs the installation', () => {
  it('sets weight and ceilings of any organization, which its admin can only narrow', async () => {
    const first = await world.ask(`GET ${GRANTS}`, asInstaller);
    expect(first).toMatchObject({ status: 200, body: { weight: 1, quotas: {} } });
    const put = await grant({ weight: 3, quotas: { tasks: 500 } }, asInstaller);
    expect(put).toMatchObject({ status: 200, body: { weight: 3, quotas: { tasks: 500 } } });
    expect(put.headers['etag']).not.toBe(first.headers['etag']);
    const quotas = world.app.get(QuotasService, { strict: false });
    expect(await quotas.of('acme')).toMatchObject({ tasks: 500 });
    expect(await quotas.of('umbrella')).toMatchObject({ tasks: 100 });
    expect((await world.ask('PUT /v1/settings', { body: { quotas: { tasks: 501 } } })).status).toBe(400);
    expect((await world.ask('PUT /v1/settings', { body: { quotas: { tasks: 400 } } })).status).toBe(200);
    expect(await quotas.of('acme')).toMatchObject({ tasks: 400 });
    const stale = { ...asInstaller, headers: { 'if-match': first.headers['etag'] as string } };
    expect((await grant({ weight: 1 }, stale)).status).toBe(412);
    const trail = await world.ask('GET /v1/audit?action=grants.replaced');
    expect(trail.body.items).toHaveLength(1);
    expect((await grant({}, asInstaller)).body).toEqual({ weight: 1, quotas: {} });
  });

  it('can make a key with that right, which has no role beyond those it was given', async () => {
    const made = await makeKey({ roles: ['viewer'], installation: 'admin' }, { installation: true });
    expect(made).toMatchObject({ status: 201, body: { installation: 'admin', roles: ['viewer'] } });
    expect((await world.ask(`GET ${GRANTS}`, bearing(made.body.key))).status).toBe(200);
    expect((await world.ask('GET /v1/settings', bearing(made.body.key))).status).toBe(403);
  });

  it('has no role in any organization by that', async () => {
    expect((await world.ask('GET /v1/tasks', { as: 'nobody', installation: true })).status).toBe(403);
    expect((await world.ask('PUT /v1/settings', { as: 'editor', installation: true, body: {} })).status).toBe(403);
  });

  it.each([
    [{ weight: 0 }, '/weight'],
    [{ weight: 101 }, '/weight'],
    [{ weight: 'much' }, '/weight'],
    [{ quotas: { tasks: 0 } }, '/quotas/tasks'],
    [{ quotas: { spoons: 1 } }, '/quotas/spoons'],
    [{ calendars: {} }, '/calendars'],
    [[], ''],
  ])('is told what is wrong with %j', async (body, pointer) => {
    const answer = await grant(body, asInstaller);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]!.pointer).toBe(pointer);
  });

  it.each(['a%20b', '-x', 'x'.repeat(101), '%00'])('is refused the organization %s', async (name) => {
    expect((await world.ask(`GET /v1/installation/organizations/${name}`, asInstaller)).status).toBe(400);
  });
});
