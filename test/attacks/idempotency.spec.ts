import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { canonicalJson } from '../../src/domain/canonical-json.js';
import { IdempotencyStore } from '../../src/idempotency/idempotency.store.js';
import { RestWorld, taskBody, type Answer } from '../rest/rest-world.js';

const KEYS = ['a', 'b'].map((id) => `${id}:${randomBytes(32).toString('base64')}`);
const PLANTED = 'planted-secret-5f1d';
let folder: string;
let world: RestWorld;

const boot = async (encryptionKeys: string) => {
  const now = world?.clock.now();
  world = await RestWorld.start({}, {}, {}, { storeUrl: `file:${join(folder, 'tasks.db')}`, encryptionKeys });
  if (now !== undefined) world.clock.setWall(Math.max(now, world.clock.now()));
};
const restart = async (encryptionKeys: string) => {
  await world.stop();
  await boot(encryptionKeys);
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'idempotency-'));
  await boot(KEYS[0]!);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await world.stop();
  await rm(folder, { recursive: true });
});

const post = (path: string, body: unknown, key: string, headers: Record<string, string> = {}): Promise<Answer> =>
  world.ask(`POST ${path}`, { body, headers: { 'idempotency-key': key, ...headers } });
const textOf = ({ text }: Answer) => (JSON.parse(text) as { key: string }).key;
const keyBody = { name: 'ci', roles: ['admin'] };

/** The contents of all files of the store, byte by byte. */
async function stored(): Promise<string> {
  const files = (await readdir(folder)).filter((name) => name.startsWith('tasks.db'));
  return (await Promise.all(files.map((name) => readFile(join(folder, name), 'latin1')))).join('\n');
}

describe('what is remembered of a request', () => {
  it('shows nothing of its body or its answer to whoever reads the files', async () => {
    const body = taskBody({ secrets: { token: PLANTED } });
    const task = await post('/v1/tasks', body, 'k-task');
    const made = await post('/v1/api-keys', keyBody, 'k-key');
    expect([task.status, made.status]).toEqual([201, 201]);
    const files = await stored();
    expect(files).toContain('k-key');
    for (const text of [PLANTED, textOf(made), textOf(made).slice(17)]) {
      expect(files).not.toContain(text);
      expect(files).not.toContain(Buffer.from(text).toString('base64url'));
    }
  });

  it('is nothing against which somebody could try bodies', async () => {
    const body = taskBody({ secrets: { token: '1234' } });
    await post('/v1/tasks', body, 'k-1');
    const files = await stored();
    for (const told of [body, [body], [{}, body], ['POST /v1/tasks', body]])
      for (const form of ['hex', 'base64', 'base64url'] as const)
        expect(files).not.toContain(createHash('sha256').update(canonicalJson(told)).digest(form));
  });

  it('differs for the same body under another key', async () => {
    const begin = jest.spyOn(world.app.get(IdempotencyStore, { strict: false }), 'begin');
    for (const key of ['k-1', 'k-2']) await post('/v1/tasks/batch', { tasks: [{}] }, key);
    expect(new Set(begin.mock.calls.map(([, fingerprint]) => fingerprint)).size).toBe(2);
  });
});

describe('a key that is used again', () => {
  it('gets the first answer after a restart, and after a rotation of the keys', async () => {
    const first = await post('/v1/api-keys', keyBody, 'k');
    for (const ring of [KEYS[0]!, `${KEYS[1]!},${KEYS[0]!}`]) {
      await restart(ring);
      expect((await post('/v1/api-keys', keyBody, 'k')).text).toBe(first.text);
      expect((await post('/v1/api-keys', { ...keyBody, name: 'other' }, 'k')).status).toBe(422);
    }
    expect((await world.ask('GET /v1/api-keys')).body.items).toHaveLength(1);
  });

  it('is refused where the key ring cannot tell any more what it was used for', async () => {
    await post('/v1/api-keys', keyBody, 'k');
    await restart(KEYS[1]!);
    const answer = await post('/v1/api-keys', keyBody, 'k');
    expect(answer).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('encryption key that is gone') },
    });
    expect((await world.ask('GET /v1/api-keys')).body.items).toHaveLength(1);
  });

  it('shows nobody what another caller was answered', async () => {
    const [ours, theirs] = [await post('/v1/api-keys', keyBody, 'k-0'), await post('/v1/api-keys', keyBody, 'k-1')];
    const asKey = (answer: Answer) => ({ authorization: `Bearer ${textOf(answer)}` });
    const first = await post('/v1/api-keys', keyBody, 'k', asKey(ours));
    const second = await post('/v1/api-keys', keyBody, 'k', asKey(theirs));
    const third = await post('/v1/api-keys', keyBody, 'k');
    expect([first, second, third].map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set([first, second, third].map(textOf)).size).toBe(3);
  });

  it('does not open an answer that was put there from another request', async () => {
    const store = world.app.get(IdempotencyStore, { strict: false });
    const complete = jest.spyOn(store, 'complete');
    await post('/v1/api-keys', keyBody, 'k-1');
    await post('/v1/api-keys', keyBody, 'k-2');
    const [[, foreign], [own]] = complete.mock.calls as [[unknown, string], [Parameters<typeof store.complete>[0]]];
    await store.complete(own, foreign);
    expect((await post('/v1/api-keys', keyBody, 'k-2')).status).toBe(422);
  });

  it('leaves one API key where the answer to the first request was lost, whose text is the last that was shown', async () => {
    const store = world.app.get(IdempotencyStore, { strict: false });
    jest.spyOn(store, 'complete').mockRejectedValueOnce(new Error('The process died.'));
    const lost = await post('/v1/api-keys', keyBody, 'k');
    await world.clock.advance(20_000);
    const shown = await post('/v1/api-keys', keyBody, 'k');
    const me = (answer: Answer) =>
      world.ask('GET /v1/settings', { headers: { authorization: `Bearer ${textOf(answer)}` } });
    expect([lost.status, shown.status, (await me(lost)).status, (await me(shown)).status]).toEqual([
      201, 201, 401, 200,
    ]);
    expect((await world.ask('GET /v1/api-keys')).body.items).toHaveLength(1);
  });
});
