import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Metrics } from '../../src/observability/metrics/metrics.js';
import { metricsIn } from '../rest/metrics-text.js';
import { RestWorld } from '../rest/rest-world.js';
import { tablesOf, type Row } from './markdown-tables.js';

const DOCS = resolve(import.meta.dirname, '../../docs');
const CHAPTERS = ['Runs and occurrences', 'Events', 'The instance', 'The store', 'What is told to others', 'HTTP'];
const OF_ALL = 'all: use `max`'.replaceAll('`', '');

/** What the registry of prom-client knows of a metric beside its text. */
interface Registered {
  name: string;
  help: string;
  labelNames: readonly string[];
}

let world: RestWorld;
let rows: Row[];
beforeAll(async () => {
  world = await RestWorld.start();
  rows = tablesOf(await readFile(join(DOCS, 'metrics.md'), 'utf8'), CHAPTERS).flat();
});
afterAll(() => world.stop());

describe('docs/metrics.md', () => {
  it('has each metric that the service exports, with its type, labels and meaning, and no other', async () => {
    const { registry } = world.app.get(Metrics, { strict: false });
    const labelsOf = new Map(
      (registry.getMetricsAsArray() as unknown as Registered[]).map(({ name, labelNames }) => [name, labelNames]),
    );
    const { text } = await world.ask('GET /metrics');
    const exported = [...metricsIn(text)].flatMap(([name, { type, help }]) =>
      name.startsWith('task_runner_') ? [`${name} ${type} {${labelsOf.get(name)!.join(', ')}} ${help}`] : [],
    );
    const documented = rows.map((row) => `${row['Metric']} ${row['Type']} {${row['Labels']}} ${row['Meaning']}`);
    expect(documented.toSorted()).toEqual(exported.map((line) => line.replaceAll('`', '')).toSorted());
  });

  it('says which of them each instance tells of all instances', () => {
    const scopes = new Map(rows.map((row) => [row['Metric'], row['Of']]));
    expect(new Set(scopes.values())).toEqual(new Set(['this instance', OF_ALL]));
    for (const name of ['tasks', 'overdue', 'instances', 'outbox_bytes', 'outbox_lost_total', 'audit_lag_seconds'])
      expect([name, scopes.get(`task_runner_${name}`)]).toEqual([name, OF_ALL]);
    expect(scopes.get('task_runner_runs_running')).toBe('this instance');
  });

  it('names no metric that there is not, in any chapter of the documentation', async () => {
    const known = new Set(rows.map((row) => row['Metric']));
    const files = [
      'configuration',
      'events',
      'fleets',
      'integrations',
      'metrics',
      'module',
      'operations',
      'scheduling',
    ];
    for (const file of [...files, 'security']) {
      const text = (await readFile(join(DOCS, `${file}.md`), 'utf8')).split('## Names before 1.0')[0]!;
      const named = [...text.matchAll(/\btask_runner_\w+[a-z]/g)].map(([name]) =>
        name.replace(/_(bucket|count|sum)$/, ''),
      );
      expect([file, named.filter((name) => !known.has(name))]).toEqual([file, []]);
    }
  });

  it('has for each former name one that there is', async () => {
    const known = new Set(rows.map((row) => row['Metric']));
    const [renamed = []] = tablesOf(await readFile(join(DOCS, 'metrics.md'), 'utf8'), ['Names before 1.0']);
    expect(renamed.length).toBeGreaterThan(10);
    for (const { Before = '', Now = '' } of renamed) {
      const [before, ...now] = [Before, ...Now.split(' and ')].map((name) => name.replace(/\{.*/, ''));
      expect([before, known.has(before), now.filter((name) => !known.has(name))]).toEqual([before, false, []]);
    }
  });

  it('leaves nothing else but what prom-client tells of each process', async () => {
    const others = [...metricsIn((await world.ask('GET /metrics')).text).keys()].filter(
      (name) => !name.startsWith('task_runner_'),
    );
    expect(others.length).toBeGreaterThan(10);
    expect(others.filter((name) => !/^(process|nodejs)_/.test(name))).toEqual([]);
  });
});
