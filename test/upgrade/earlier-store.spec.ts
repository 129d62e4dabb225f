import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { MIGRATIONS, migrate } from '../../src/storage/sqlite/migrate.js';
import type { Sql } from '../../src/storage/sqlite/sql.js';
import { HttpTarget } from '../support/http-target.js';
import { call } from '../cli/cli-process.js';
import { ServiceProcess } from '../e2e/service-process.js';

const DUMP = readFileSync(new URL('fixtures/schema-31.sql', import.meta.url), 'utf8');
const ENCRYPTION_KEYS = `fixture:${Buffer.alloc(32, 7).toString('base64')}`;

/** The dump is as old as it is. */
const KEEP = { RUN_RETENTION_DAYS: '3650', EVENT_RETENTION_DAYS: '3650', AUDIT_RETENTION_DAYS: '3650' };

interface Item {
  id: string;
  name: string;
  state: string;
  trigger: string;
  secretNames: string[];
}

let folder: string;
let path: string;
let service: ServiceProcess;
let tasks: Map<string, Item>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'earlier-'));
  path = join(folder, 'tasks.db');
  const database = new Database(path);
  database.exec(DUMP);
  database.close();
  expect((await call(['migrate', '--dry-run', '--store', `file:${path}`])).out).toContain('The schema is 31; ');
  service = await ServiceProcess.start(`file:${path}`, { ENCRYPTION_KEYS, ...KEEP });
  tasks = new Map((await service.all<Item>('/v1/tasks')).map((task) => [task.name, task]));
});
afterAll(async () => {
  await service.killHard();
  rmSync(folder, { recursive: true });
});

async function ended(run: Item): Promise<string> {
  for (;;) {
    const { state } = (await service.call<Item>('GET', `/v1/runs/${run.id}`)).body;
    if (!['pending', 'running', 'retrying'].includes(state)) return state;
  }
}

describe('a store of the version before', () => {
  it('has its tasks, runs, settings and audit trail', async () => {
    const states = Object.fromEntries([...tasks.values()].map(({ name, state }) => [name, state]));
    expect(states).toEqual({ regular: 'active', 'on event': 'active', failing: 'active', paused: 'paused' });
    const runs = await service.all<Item>('/v1/runs');
    // What has come due since the store was made is made up for.
    const there = runs.filter(({ trigger }) => trigger !== 'schedule');
    expect(there.map(({ state }) => state).toSorted()).toEqual(['failed', 'succeeded', 'succeeded']);
    expect((await service.call('GET', '/v1/settings')).body).toMatchObject({ resources: { browser: 2 } });
    expect((await service.call('GET', '/v1/audit/verify')).body).toMatchObject({ valid: true });
    expect(tasks.get('regular')!.secretNames).toEqual(['token']);
  });

  it('goes on: its tasks run, also by events, and what is sealed opens', async () => {
    const { id } = tasks.get('regular')!;
    const target = await HttpTarget.start((response) => response.end());
    try {
      const action = { type: 'http', method: 'GET', url: target.url, headers: { 'x-words': '{{secrets.token}}' } };
      expect((await service.call('PATCH', `/v1/tasks/${id}`, { action })).status).toBe(200);
      expect(await ended((await service.call<Item>('POST', `/v1/tasks/${id}/run`)).body)).toBe('succeeded');
      expect(target.requests.map(({ headers }) => headers['x-words'])).toEqual(['sealed words']);
    } finally {
      await target.close();
    }
    const send = (suite: string) =>
      service.call<{ triggeredTasks: string[] }>('POST', '/v1/triggers/events/build.done', { suite });
    expect((await send('a')).body.triggeredTasks).toEqual([tasks.get('on event')!.id]);
    expect((await send('b')).body.triggeredTasks).toEqual([]);
  });

  it('can be used by the version before again, unless a step says that it breaks', async () => {
    await service.stop();
    const database = new Database(path);
    const sql: Sql = {
      run: (text, values) => database.prepare(text).run(values).changes,
      all: <Row>(text: string, values: unknown[]) => database.prepare(text).all(values) as Row[],
      first: <Row>(text: string, values: unknown[]) => database.prepare(text).get(values) as Row,
    };
    const before = MIGRATIONS.filter(({ version }) => version <= 31);
    const breaks = MIGRATIONS.some((step) => step.version > 31 && step.breaks === true);
    const goBack = () => migrate(sql, before);
    if (breaks) expect(goBack).toThrow('needs a newer version of the runner');
    else expect(goBack).not.toThrow();
    // Of a step that breaks, it would say so.
    const next = { version: MIGRATIONS.at(-1)!.version + 1, statements: [], breaks: true };
    migrate(sql, [...MIGRATIONS, next]);
    expect(goBack).toThrow('needs a newer version of the runner');
    database.close();
  });
});
