import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SettableClock } from '../../src/clock/settable-clock.js';
import { serveDashboard } from '../../src/dashboard/serve-dashboard.js';
import { SignInCodes } from '../../src/dashboard/sign-in-codes.js';
import { HTTP_APP_OPTIONS } from '../../src/rest/http-app.js';
import { createHttpAdapter } from '../../src/rest/http/http-adapter.js';
import { httpDefaults } from '../../src/settings/settings.schema.js';

const PAGE =
  '<meta name="base" content="" /><meta name="sign-in" content="" /><script src="./assets/a-1.js"></script><p>page</p>';
const SCRIPT = 'export {};'.repeat(200);
const codes = new SignInCodes(new SettableClock(0));

let folder: string;
let app: NestFastifyApplication;
beforeAll(async () => {
  folder = `${mkdtempSync(join(tmpdir(), 'pages-'))}/`;
  mkdirSync(`${folder}assets`);
  writeFileSync(`${folder}index.html`, PAGE);
  writeFileSync(`${folder}assets/a-1.js`, SCRIPT);
  writeFileSync(`${folder}assets/a-1.js.gz`, gzipSync(SCRIPT));
  app = await appWith(folder);
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

async function appWith(pages: string): Promise<NestFastifyApplication> {
  const built = await Test.createTestingModule({}).compile();
  const made = built.createNestApplication<NestFastifyApplication>(createHttpAdapter(httpDefaults()), {
    ...HTTP_APP_OPTIONS,
    logger: false,
  });
  serveDashboard(made, { signIn: 'token', codes, pages });
  await made.init();
  await made.getHttpAdapter().getInstance().ready();
  return made;
}

const get = (url: string, headers: Record<string, string> = {}, of = app) => of.inject({ method: 'GET', url, headers });

describe('the dashboard', () => {
  it.each([
    ['/dashboard/', './'],
    ['/dashboard/tasks?state=paused', './'],
    ['/dashboard/tasks/%2E%2E%2Fx', '../'],
    ['/dashboard/runs/1/', '../../'],
  ])('is the page at %s, whose links lead %s', async (url, up) => {
    const { statusCode, body, headers } = await get(url, { accept: 'text/html' });
    expect(statusCode).toBe(200);
    expect(body).toContain(`src="${up}assets/a-1.js"`);
    expect(body).toContain(`name="base" content="${up}"`);
    expect(headers['cache-control']).toBe('no-store');
  });

  it('has a policy that allows nothing in the page and nothing from elsewhere', async () => {
    const policy = String((await get('/dashboard/')).headers['content-security-policy']);
    expect(policy).toMatch(/default-src 'none'.*require-trusted-types-for 'script'/);
    expect(policy).not.toMatch(/unsafe|http|\*/);
  });

  it('is reached without the slash, whatever path a proxy has put before it', async () => {
    const { statusCode, headers } = await get('/dashboard');
    expect([statusCode, headers.location]).toEqual([302, 'dashboard/']);
  });

  it('has files that are kept for ever, compressed where that is understood', async () => {
    const plain = await get('/dashboard/assets/a-1.js');
    expect(plain.body).toBe(SCRIPT);
    expect(plain.headers['cache-control']).toContain('immutable');
    const packed = await get('/dashboard/assets/a-1.js', { 'accept-encoding': 'gzip' });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
  });

  it.each(['/dashboard/assets/gone.js', '/dashboard/assets/../index.html', '/dashboard/assets/..%2findex.html'])(
    'has nothing at %s',
    async (url) => {
      const { statusCode, body } = await get(url, { accept: '*/*' });
      if (statusCode === 200) expect(body).toContain('<p>page</p>');
      else expect(statusCode).toBe(404);
      expect(body).not.toContain('content=""');
    },
  );

  it('is no answer to programs that look for data, and takes no other methods', async () => {
    expect((await get('/dashboard/tasks', { accept: 'application/json' })).statusCode).toBe(404);
    expect((await app.inject({ method: 'POST', url: '/dashboard/tasks' })).statusCode).toBe(405);
    expect((await get('/v1/tasks', { accept: 'text/html' })).statusCode).toBe(404);
  });

  it('exchanges a code for its token once', async () => {
    const exchange = (body: object) => app.inject({ method: 'POST', url: '/dashboard/sign-in', payload: body });
    const code = codes.codeFor('secret token');
    const first = await exchange({ code });
    expect([first.statusCode, first.json(), first.headers['cache-control']]).toEqual([
      ...[200, { token: 'secret token' }, 'no-store'],
    ]);
    for (const body of [{ code }, { code: 1 }, {}, { code: 'x'.repeat(10_000) }]) {
      expect((await exchange(body)).statusCode).toBe(403);
    }
  });

  it('says so where it is not built', async () => {
    const without = await appWith('/nowhere/');
    const { statusCode, body } = await get('/dashboard/', {}, without);
    expect([statusCode, body]).toEqual([404, expect.stringContaining('not built')]);
    await without.close();
  });
});
