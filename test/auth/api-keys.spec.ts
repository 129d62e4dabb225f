import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiKeyStore } from '../../src/auth/api-key.store.js';
import { ApiKeyVerifier } from '../../src/auth/api-keys/api-key.verifier.js';
import { SettableClock } from '../../src/clock/settable-clock.js';
import { NOON, RestWorld, type Ask } from '../rest/rest-world.js';

interface Key {
  id: string;
  key: string;
  prefix: string;
  roles: string[];
  expiresAt: string;
  lastUsedAt: string | null;
}

const DAY_MS = 86_400_000;

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const bearing = (key: string): Ask => ({ headers: { authorization: `Bearer ${key}` } });
const using = async (key: string, line = 'GET /v1/tasks') => (await world.ask(line, bearing(key))).status;
const make = async (changes: object = {}, ask: Ask = {}) => {
  const answer = await world.ask('POST /v1/api-keys', {
    body: { name: 'build', roles: ['operator'], ...changes },
    ...ask,
  });
  return { status: answer.status, text: answer.text, key: JSON.parse(answer.text) as Key };
};
const listed = async (organization = 'acme') => {
  const { text } = await world.ask('GET /v1/api-keys', { organization });
  return { text, items: (JSON.parse(text) as { items: Key[] }).items };
};

/** Requests do not wait until the use of a key is recorded, so the answer may take several tries. */
async function lastUse(id: string): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const { lastUsedAt } = (await listed()).items.find((key) => key.id === id)!;
    if (lastUsedAt !== null) return lastUsedAt;
    await world.clock.advance(0);
  }
  throw new Error('The use of the key is not noted.');
}

describe('an API key', () => {
  it('lets a program in, with its roles and in its organization only', async () => {
    const task = await world.task({}, 'acme');
    const { status, key } = await make({ roles: ['viewer'] });
    expect(status).toBe(201);
    expect(key.key).toMatch(/^trk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
    expect(key.key.startsWith(key.prefix)).toBe(true);
    expect(await using(key.key, `GET /v1/tasks/${task.id}`)).toBe(200);
    expect(await using(key.key, `POST /v1/tasks/${task.id}/run`)).toBe(403);
    const { key: foreign } = await make({ roles: ['admin'] }, { organization: 'others' });
    expect(await using(foreign.key, `GET /v1/tasks/${task.id}`)).toBe(404);
  });

  it('is shown once, and stored as a hash', async () => {
    const { key } = await make();
    const { text, items } = await listed();
    const item = items.find(({ id }) => id === key.id);
    expect(item).toMatchObject({ prefix: key.prefix, roles: ['operator'], createdBy: 'tester' });
    expect(text).not.toContain(key.key);
    const stored = await world.app.get(ApiKeyStore, { strict: false }).find(key.prefix);
    expect(JSON.stringify(stored)).not.toContain(key.key.slice(key.prefix.length));
    expect(text).not.toContain(stored!.hash);
  });

  it('opens nothing from the moment on in which it is revoked', async () => {
    const { key } = await make();
    expect(await using(key.key)).toBe(200);
    expect((await world.ask(`DELETE /v1/api-keys/${key.id}`, { organization: 'others' })).status).toBe(404);
    expect((await world.ask(`DELETE /v1/api-keys/${key.id}`)).status).toBe(204);
    expect(await using(key.key)).toBe(401);
    expect((await listed()).items.map(({ id }) => id)).not.toContain(key.id);
    expect((await world.ask(`DELETE /v1/api-keys/${key.id}`)).status).toBe(404);
  });

  it('that is changed by a character opens nothing', async () => {
    const { key } = await make();
    const last = key.key.at(-1) === 'A' ? 'B' : 'A';
    for (const text of [key.key.slice(0, -1) + last, key.prefix, `${key.key}A`, 'trk_', key.key.toUpperCase()]) {
      expect(await using(text)).toBe(401);
    }
  });

  it('permits nothing that its creator may not', async () => {
    const { key: editor } = await make({ roles: ['editor'] });
    expect((await world.ask('POST /v1/api-keys', { ...bearing(editor.key), body: {} })).status).toBe(403);
    expect((await make({}, { as: 'editor' })).status).toBe(403);
  });

  it.each([
    [{ roles: ['root'] }, '/roles/0'],
    [{ roles: [] }, '/roles'],
    [{ roles: 'admin' }, '/roles'],
    [{ name: '' }, '/name'],
    [{ expiresAt: new Date(NOON).toISOString() }, '/expiresAt'],
    [{ expiresAt: new Date(NOON + 400 * DAY_MS).toISOString() }, '/expiresAt'],
    [{ organization: 'others' }, '/organization'],
    [{ hash: 'ab' }, '/hash'],
  ])('is not made of %j', async (changes, pointer) => {
    const { status, text } = await make(changes);
    expect(status).toBe(400);
    expect(text).toContain(`"pointer":"${pointer}"`);
  });

  it('expires, and tells when it was used', async () => {
    const { key } = await make({ expiresAt: new Date(NOON + DAY_MS).toISOString() });
    expect(await using(key.key)).toBe(200);
    expect(await lastUse(key.id)).toBe(new Date(NOON).toISOString());
    const later = await world.app.get(ApiKeyStore, { strict: false }).find(key.prefix);
    const clock = new SettableClock(NOON + DAY_MS);
    const verifier = new ApiKeyVerifier(world.app.get(ApiKeyStore, { strict: false }), clock);
    expect(later!.expiresAt).toBe(NOON + DAY_MS);
    await expect(verifier.verify(key.key)).rejects.toThrow('expired');
  });

  it('that another instance revokes is let in for two seconds at the most', async () => {
    const { key } = await make();
    const clock = new SettableClock(NOON);
    const other = new ApiKeyVerifier(world.app.get(ApiKeyStore, { strict: false }), clock);
    await other.verify(key.key);
    await world.ask(`DELETE /v1/api-keys/${key.id}`);
    await clock.advance(2000);
    await expect(other.verify(key.key)).rejects.toThrow('revoked');
  });

  it('is told apart from users in the audit trail, also from one whose subject looks like it', async () => {
    const { key } = await make({ roles: ['editor'] });
    const task = await world.task();
    await world.ask(`POST /v1/tasks/${task.id}/pause`, { ...bearing(key.key), body: { reason: 'r' } });
    const { text } = await world.ask(`GET /v1/audit?object=${task.id}`);
    const { items } = JSON.parse(text) as { items: { actor: object }[] };
    expect(items.map(({ actor }) => actor)).toEqual([
      expect.objectContaining({ type: 'api-key', id: key.id, roles: ['editor'] }),
      expect.objectContaining({ type: 'user', id: 'tester' }),
    ]);
  });

  it('is in the audit trail when it is made and when it is revoked, without what it is made of', async () => {
    const { key } = await make();
    await world.ask(`DELETE /v1/api-keys/${key.id}`);
    const { text } = await world.ask(`GET /v1/audit?object=${key.id}`);
    const { items } = JSON.parse(text) as { items: { action: string }[] };
    expect(items.map(({ action }) => action)).toEqual(['api-key.revoked', 'api-key.created']);
    expect(text).not.toContain(key.key);
  });
});
