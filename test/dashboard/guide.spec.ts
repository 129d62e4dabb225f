import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { serveGuide } from '../../src/dashboard/serve-guide.js';
import { HTTP_APP_OPTIONS } from '../../src/rest/http-app.js';
import { createHttpAdapter } from '../../src/rest/http/http-adapter.js';
import { httpDefaults } from '../../src/settings/settings.schema.js';

const folder = `${mkdtempSync(join(tmpdir(), 'guide-'))}/`;
mkdirSync(`${folder}assets`);
writeFileSync(`${folder}start.html`, '<p>start</p>');
writeFileSync(`${folder}assets/a-1.js`, 'export {};');
const apps: NestFastifyApplication[] = [];
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  rmSync(folder, { recursive: true });
});

async function serving(guide: string): Promise<NestFastifyApplication> {
  const built = await Test.createTestingModule({}).compile();
  const options = { ...HTTP_APP_OPTIONS, logger: false } as const;
  const app = built.createNestApplication<NestFastifyApplication>(createHttpAdapter(httpDefaults()), options);
  apps.push(app);
  serveGuide(app, guide);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

it('serves its pages without their suffix, which may run nothing but scripts of the service', async () => {
  const app = await serving(folder);
  const get = (url: string) => app.inject({ method: 'GET', url });
  const page = await get('/guide/start');
  expect([page.statusCode, page.body]).toEqual([200, '<p>start</p>']);
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.headers['cache-control']).toBe('no-cache');
  const policy = page.headers['content-security-policy'];
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).not.toContain('unsafe');
  expect((await get('/guide/assets/a-1.js')).headers['cache-control']).toContain('immutable');
  expect([(await get('/guide')).headers['location'], (await get('/guide/')).headers['location']]).toEqual([
    'guide/start',
    'start',
  ]);
  for (const path of ['/guide/nowhere', '/guide/..%2f..%2fpackage.json', '/guide/%2e%2e/package.json'])
    expect([path, (await get(path)).statusCode]).toEqual([path, 404]);
});

it('says how it is built where it is not', async () => {
  const app = await serving('/nowhere/');
  const { statusCode, body } = await app.inject({ method: 'GET', url: '/guide/start' });
  expect([statusCode, JSON.parse(body)]).toEqual([
    404,
    expect.objectContaining({ detail: expect.stringContaining('npm run build:site') }),
  ]);
});
