import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HttpTarget } from '../support/http-target.js';
import { ServiceProcess, tokenFor } from './service-process.js';

const RESEAL = fileURLToPath(new URL('../../dist/reseal.js', import.meta.url));
const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [OLD, NEW] = [key('old'), key('new')];
const SECRET = 'a secret of a task that nobody may read';

async function ending(child: ChildProcess): Promise<{ code: unknown; output: string }> {
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit') as Promise<[unknown]>,
  ]);
  return { code, output: out + errors };
}

let folder: string;
let storeUrl: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  storeUrl = `file:${join(folder, 'tasks.db')}`;
});
afterAll(() => rm(folder, { recursive: true }));

const reseal = (ENCRYPTION_KEYS: string) =>
  ending(
    spawn(process.execPath, [RESEAL], { env: { PATH: process.env['PATH'], STORE_URL: storeUrl, ENCRYPTION_KEYS } }),
  );

describe('the service in production', () => {
  it.each([
    ['JWT_SECRET', { JWT_SECRET: '' }],
    ['ENCRYPTION_KEYS', { ENCRYPTION_KEYS: '' }],
    ['JWT_SECRET', { JWT_SECRET: 'too short' }],
  ])('does not start without a good %s, and names it in its only line', async (name, env) => {
    const { code, output } = await ending(ServiceProcess.spawn(storeUrl, { NODE_ENV: 'production', ...env }));
    expect(code).toBe(1);
    expect(JSON.parse(output)).toMatchObject({
      level: 60,
      msg: expect.stringMatching(new RegExp(`^${name} [^\\n]+\\.$`)),
    });
    expect(output).not.toContain('too short');
  });
});

describe('the command that seals anew', () => {
  it('brings what a running service sealed under the first key, after which the old one can go', async () => {
    const service = await ServiceProcess.start(storeUrl, { ENCRYPTION_KEYS: `${OLD},${NEW}` });
    const task = {
      name: 'sealed',
      triggers: [{ type: 'manual' }],
      action: { type: 'noop' },
      secrets: { token: SECRET },
    };
    expect((await service.call('POST', '/v1/tasks', task)).status).toBe(201);
    const first = await reseal(`${NEW},${OLD}`);
    expect(first).toEqual({
      code: 0,
      output: expect.stringMatching(/^Under the key new now: the secrets of 1 tasks, .* Left: 0\.\n$/),
    });
    const again = await reseal(`${NEW},${OLD}`);
    expect(again).toEqual({ code: 0, output: expect.stringContaining('the secrets of 0 tasks') });
    await service.stop();
    expect((await reseal(NEW)).code).toBe(0);
  });

  it('says in one sentence why it cannot, and shows no key', async () => {
    const { code, output } = await reseal('new:short');
    expect(code).toBe(1);
    expect(output).toMatch(/^ENCRYPTION_KEYS must be [^\n]+\n$/);
    expect(output).not.toContain('short');
  });
});

/** A service that logs all it can, and everything that it has written so far. */
async function talkative(): Promise<{ child: ChildProcess; url: string; written: () => string }> {
  const keys = { NODE_ENV: 'production', LOG_LEVEL: 'trace', ENCRYPTION_KEYS: OLD };
  const child = ServiceProcess.spawn(`file:${join(folder, 'talkative.db')}`, keys);
  let output = '';
  child.stderr!.on('data', (part: Buffer) => (output += part.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(output)));
    child.stdout!.on('data', (part: Buffer) => {
      output += part.toString();
      const found = /listens on (http[^\s"]+?)\.?[\s"]/.exec(output)?.[1];
      if (found) resolve(found);
    });
  });
  return { child, url, written: () => output };
}

describe('what the service writes to its log', () => {
  it('holds no token, key or secret, whatever is asked of it and however that fails', async () => {
    const { child, url, written } = await talkative();
    const echo = await HttpTarget.start((response, { headers, body }) =>
      response
        .writeHead(500, { 'x-echo': String(headers['authorization']) })
        .end(`${body} ${headers['authorization']}`),
    );
    const token = tokenFor('default');
    const ask = (method: string, path: string, body?: string, authorization = `Bearer ${token}`) =>
      fetch(url + path, { method, headers: { authorization, 'content-type': 'application/json' }, body: body ?? null });
    const task = {
      name: 'talks',
      triggers: [{ type: 'manual' }],
      action: {
        type: 'http',
        method: 'POST',
        url: `${echo.url}/`,
        headers: { authorization: 'Bearer {{secrets.token}}' },
      },
      secrets: { token: SECRET },
      retry: { maxAttempts: 1 },
    };
    const robot = { name: 'robot', roles: ['viewer'], expiresAt: new Date(Date.now() + 86_400_000).toISOString() };
    const { id } = (await (await ask('POST', '/v1/tasks', JSON.stringify(task))).json()) as { id: string };
    const { key: apiKey } = (await (await ask('POST', '/v1/api-keys', JSON.stringify(robot))).json()) as {
      key: string;
    };
    const run = (await (await ask('POST', `/v1/tasks/${id}/run`)).json()) as { id: string };
    const log = await fetch(`${url}/v1/runs/${run.id}/log`, {
      headers: { authorization: `Bearer ${apiKey}`, accept: 'text/event-stream' },
    });
    const entries = await log.text();
    await ask('GET', '/v1/tasks', undefined, `Bearer ${token.slice(0, -2)}`);
    await ask('GET', `/v1/tasks?token=${apiKey}&access_token=${token}`);
    await ask('POST', '/v1/tasks', `{"secrets":{"token":"${SECRET}"`);
    await ask('PATCH', `/v1/tasks/${id}`, JSON.stringify({ secrets: { token: SECRET }, name: 7 }));
    await ask('GET', `/v1/nothing/${token}`, undefined, `Basic ${apiKey}`);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    await echo.close();
    expect(echo.requests[0]!.headers['authorization']).toBe(`Bearer ${SECRET}`);
    expect([apiKey.length > 20, entries.includes('http-500') || entries.includes('500')]).toEqual([true, true]);
    for (const hidden of [SECRET, token, apiKey, token.split('.')[2]!, OLD.split(':')[1]!]) {
      expect(written()).not.toContain(hidden);
      expect(entries).not.toContain(hidden);
    }
    expect(written()).toContain('started: store ');
  });
});
