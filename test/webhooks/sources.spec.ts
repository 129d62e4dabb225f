import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebhookSourceStore } from '../../src/webhooks/ports/webhook-source.store.js';
import { GENEROUS, RestWorld, type Ask } from '../rest/rest-world.js';

export interface Source {
  id: string;
  name: string;
  url: string;
  secret?: string;
  version: string;
  event: string | null;
  mapping: object;
  enabled: boolean;
  secrets: { id: string; endsAt: string | null }[];
}

const SHARED = 'whsec' + '_';
const SECRET = `${SHARED}${Buffer.alloc(32, 1).toString('base64')}`;

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start({ rates: GENEROUS });
});
afterAll(() => world.stop());

const ask = async (line: string, request: Ask = {}) => {
  const answer = await world.ask(line, request);
  return { ...answer, source: answer.body as unknown as Source };
};
const create = (body: object = {}, request: Ask = {}) =>
  ask('POST /v1/webhook-sources', { body: { name: 'builds', event: 'build', ...body }, ...request });
const stored = async (id: string) => world.app.get(WebhookSourceStore, { strict: false }).find(id);

describe('a webhook source', () => {
  it('shows its secret once, and is stored with a sealed one', async () => {
    const { status, source, headers, text } = await create({ secret: SECRET });
    expect(status).toBe(201);
    expect(source).toMatchObject({ name: 'builds', event: 'build', enabled: true, secret: SECRET });
    expect(source.url).toMatch(new RegExp(`^http://.*/v1/hooks/${source.id}$`));
    expect(headers).toMatchObject({ etag: '"1"', location: `/v1/webhook-sources/${source.id}` });
    expect(text).not.toContain('sealed');
    const shown = await ask(`GET /v1/webhook-sources/${source.id}`);
    expect(shown.source.secrets).toHaveLength(1);
    expect(shown.text).not.toContain(SECRET);
    const { secret: made } = (await create()).source;
    expect(made).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(JSON.stringify(await stored(source.id))).not.toContain(SECRET.slice(6));
    const { text: trail } = await ask('GET /v1/audit?limit=200');
    expect(trail).toContain('webhook-source.created');
    expect(trail).not.toContain(SECRET.slice(6));
    expect(trail).not.toContain(made!.slice(6));
  });

  it('is for admins of its organization alone', async () => {
    const { source } = await create();
    const path = `/v1/webhook-sources/${source.id}`;
    for (const line of [`GET ${path}`, `DELETE ${path}`, `POST ${path}/test`, `GET ${path}/deliveries`]) {
      const foreign = await ask(line, { organization: 'others', ...(line.startsWith('POST') && { body: {} }) });
      expect([line, foreign.status]).toEqual([line, 404]);
    }
    expect((await ask(`PATCH ${path}`, { organization: 'others', body: { name: 'x' } })).status).toBe(404);
    for (const as of ['viewer', 'operator', 'editor'] as const)
      expect((await ask(`GET ${path}`, { as })).status).toBe(403);
    expect((await ask(`GET ${path}/deliveries`, { as: 'viewer' })).status).toBe(200);
  });

  it('is changed by a merge patch, under the version that was read', async () => {
    const { source } = await create({
      event: undefined,
      mapping: { type: { path: 'kind' }, data: { a: 'b', c: 'd' } },
    });
    const path = `/v1/webhook-sources/${source.id}`;
    const patched = await ask(`PATCH ${path}`, {
      body: { name: 'other', mapping: { data: { a: null } }, enabled: false },
      headers: { 'if-match': '"1"' },
    });
    expect(patched.status).toBe(200);
    expect(patched.headers['etag']).toBe('"2"');
    expect(patched.source).toMatchObject({
      name: 'other',
      mapping: { type: { path: 'kind' }, data: { c: 'd' } },
      enabled: false,
    });
    expect(patched.source.secret).toBeUndefined();
    expect((await ask(`PATCH ${path}`, { body: { name: 'x' }, headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect((await ask(`GET ${path}`, { headers: { 'if-none-match': '"2"' } })).status).toBe(304);
    expect((await ask(`DELETE ${path}`, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect((await ask(`DELETE ${path}`)).status).toBe(204);
    expect((await ask(`GET ${path}`)).status).toBe(404);
  });

  it('accepts a replaced secret for a day, unless somebody ends it', async () => {
    const { source } = await create({ secret: SECRET });
    const path = `/v1/webhook-sources/${source.id}`;
    const made = await ask(`PATCH ${path}`, { body: { secret: null } });
    expect(made.source.secret).toMatch(/^whsec_/);
    const [current, old] = made.source.secrets;
    expect(current!.endsAt).toBeNull();
    expect(Date.parse(old!.endsAt!) - world.clock.now()).toBe(86_400_000);
    expect((await ask(`DELETE ${path}/secrets/${current!.id}`)).status).toBe(409);
    expect((await ask(`DELETE ${path}/secrets/nothing`)).status).toBe(404);
    expect((await ask(`DELETE ${path}/secrets/${old!.id}`)).status).toBe(204);
    const { source: after } = await ask(`GET ${path}`);
    expect(after.secrets.map(({ id }) => id)).toEqual([current!.id]);
    const again = [
      await ask(`PATCH ${path}`, { body: { secret: SECRET } }),
      await ask(`PATCH ${path}`, { body: { secret: null } }),
    ];
    expect(again.map(({ status }) => status)).toEqual([200, 200]);
    expect((await ask(`PATCH ${path}`, { body: { secret: null } })).status).toBe(409);
  });

  it.each<[string, object, string]>([
    ['a secret that its scheme cannot use', { secret: 'plain text' }, '/secret'],
    ['an event of the engine', { event: 'run.succeeded' }, '/event'],
    ['an event beside a mapped one', { mapping: { type: { path: 'a' } } }, '/mapping/type'],
    ['a code of its own without an event', { event: null, scheme: { type: 'hmac', header: 'x-s' } }, '/event'],
    ['a path with a space', { mapping: { data: { a: 'b c' } } }, '/mapping/data/a'],
    ['an unknown member', { colour: 'red' }, '/colour'],
    ['an unknown scheme', { scheme: { type: 'md5' } }, '/scheme/type'],
    ['a header that is none', { scheme: { type: 'hmac', header: 'x s' } }, '/scheme/header'],
  ])('cannot have %s', async (_, body, pointer) => {
    const { status, body: problem } = await create(body);
    expect(status).toBe(400);
    expect(problem.errors.map((fault) => fault.pointer)).toContain(pointer);
  });

  it.each<[object, string]>([
    [{ scheme: { type: 'github' } }, '/scheme'],
    [{ nothing: null }, '/nothing'],
    [{ name: null }, '/name'],
    [{ event: null, mapping: { type: { path: 'a', colour: 1 } } }, '/mapping/type/colour'],
  ])('cannot be changed by %j', async (body, pointer) => {
    const { source } = await create();
    const answer = await ask(`PATCH /v1/webhook-sources/${source.id}`, { body });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((fault) => fault.pointer)).toContain(pointer);
  });

  it('counts in a quota, also when many are made at a time', async () => {
    const organization = 'narrow';
    await ask('PUT /v1/settings', { organization, body: { quotas: { webhookSources: 3 } } });
    const made = await world.driven(Promise.all(Array.from({ length: 8 }, () => create({}, { organization }))));
    expect(made.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(made.filter(({ status }) => status === 409)).toHaveLength(5);
    const page = await ask('GET /v1/webhook-sources?limit=2', { organization });
    expect(page.body.items).toHaveLength(2);
    const rest = await ask(`GET /v1/webhook-sources?limit=2&cursor=${page.body.nextCursor}`, { organization });
    expect(rest.body.items).toHaveLength(1);
    expect(rest.body.nextCursor).toBeNull();
  });

  it('is made once by a repeated request with its key', async () => {
    const headers = { 'idempotency-key': 'once' };
    const [first, second] = [await create({}, { headers }), await create({}, { headers })];
    expect(second.source).toEqual(first.source);
  });
});
