import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import Database from 'libsql';
import mongoose from 'mongoose';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess, tokenFor } from '../e2e/service-process.js';

const LONG = 120_000;
const TASKS = 20;
const READERS = 4;
const SECONDS = 6;
const KEY_COLUMNS = 'organization, name, prefix, hash, roles, created_by, created_at, expires_at, last_used_at';

interface Listed {
  items: { state: string; latenessMs: number | null; scheduledFor: string }[];
}

/** Makes the list of API keys a question that the store would work on for hours. */
async function hinder(url: string): Promise<void> {
  if (url.startsWith('file:')) return hinderSqlite(fileURLToPath(new URL(url)));
  const connection = await mongoose.createConnection(url).asPromise();
  await connection.collection('seeds').insertMany(Array.from({ length: 4000 }, (_, seed) => ({ seed })));
  await connection.dropCollection('apiKeys');
  const joined = ['a', 'b', 'c'].flatMap((as) => [
    { $lookup: { from: 'seeds', as, pipeline: [{ $match: { seed: { $gte: 0 } } }] } },
    { $unwind: `$${as}` },
  ]);
  await connection.createCollection('apiKeys', { viewOn: 'seeds', pipeline: joined });
  await connection.close();
}

function hinderSqlite(path: string): void {
  const database = new Database(path, { timeout: 5000 });
  const numbers = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1e12)';
  const columns = KEY_COLUMNS.replace('organization', "'default' AS organization").replaceAll(/, (\w+)/g, ', 1 AS $1');
  database.exec('ALTER TABLE api_keys RENAME TO kept_keys');
  database.exec(`CREATE VIEW api_keys AS ${numbers} SELECT x AS id, ${columns} FROM n WHERE x < 0`);
  database.close();
}

describeOnEachStore('questions that are too broad', (openStore) => {
  let store: TemporaryStore;
  let service: ServiceProcess;

  beforeEach(async () => {
    store = await openStore();
    service = await ServiceProcess.start(store.url);
    await hinder(store.url);
  }, LONG);
  afterEach(async () => {
    await service.stop();
    await store.drop();
  }, LONG);

  const ask = (path: string, organization: string) =>
    fetch(service.url + path, { headers: { authorization: `Bearer ${tokenFor(organization)}` } });

  it(
    'are ended and answered with a sentence, while tasks start on time and others are answered',
    async () => {
      const triggers = [{ type: 'cron', expression: '* * * * * *' }];
      const tasks = Array.from({ length: TASKS }, (_, index) => ({
        ...{ name: `each second ${index}`, triggers, action: { type: 'noop' } },
      }));
      await service.call('POST', '/v1/tasks/batch', { tasks });
      const from = Math.ceil(Date.now() / 1000 + 1) * 1000;
      const to = from + SECONDS * 1000;
      const answers: Response[] = [];
      let others = 0;
      const reader = async () => {
        while (Date.now() < to) answers.push(await ask('/v1/api-keys', 'default'));
      };
      const other = async () => {
        while (Date.now() < to) {
          expect((await ask('/v1/tasks', 'umbrella')).status).toBe(200);
          others++;
        }
      };
      await Promise.all([...Array.from({ length: READERS }, reader), other()]);
      expect(answers.length).toBeGreaterThan(0);
      for (const answer of answers) {
        expect(answer.status).toBe(503);
        expect(answer.headers.get('retry-after')).toBe('2');
        expect(await answer.json()).toMatchObject({ type: 'urn:task-runner:problem:too-broad' });
      }
      // One of umbrella's waits for what is at work at the most.
      expect(others).toBeGreaterThan(1);
      const range = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}&limit=200`;
      const { body } = await service.call<Listed>('GET', `/v1/runs?${range}`);
      expect(body.items).toHaveLength(TASKS * SECONDS);
      expect(new Set(body.items.map(({ state }) => state))).toEqual(new Set(['succeeded']));
      expect(Math.max(...body.items.map(({ latenessMs }) => latenessMs!))).toBeLessThan(1000);
    },
    LONG,
  );
});
