import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { seriesIn, valueIn } from '../rest/metrics-text.js';
import { RestWorld } from '../rest/rest-world.js';
import { tablesOf } from '../docs/markdown-tables.js';
import { ALERT_FAULTS, NO_FAULTS, type AlertFault } from './alert-faults.js';
import { root } from './chart.js';
import { checkRules, hasPromtool, judge, replayed } from './promtool.js';

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; refId: string }[];
}

interface Dashboard {
  panels: Panel[];
}

const RULES = join(root, 'deploy/alerts/task-runner.yaml');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const rules = (parse(readFileSync(RULES, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const dashboard = JSON.parse(read('deploy/grafana/task-runner.json')) as Dashboard;
const exprs = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** The metrics that an expression names, those of histograms with their endings. */
const namesIn = (expr: string): string[] => expr.match(/\b(?:task_runner|nodejs|process)_\w+/g) ?? [];
const NAMES = new Set(rules.flatMap(({ expr }) => namesIn(expr)));
const firing = (alert: string) => ({
  expr: `sum(ALERTS{alertname="${alert}",alertstate="firing"}) > bool 0`,
  value: 1,
});
const silent = (alert: string) => ({ expr: `count(ALERTS{alertname=~"${alert}"}) or vector(0)`, value: 0 });

const documented = new Set(
  tablesOf(read('docs/metrics.md'), [
    'Runs and occurrences',
    'Events',
    'The instance',
    'The store',
    'What is told to others',
    'HTTP',
  ])
    .flat()
    .map((row) => row['Metric']!),
);
const isKnown = (name: string): boolean =>
  !name.startsWith('task_runner_') || documented.has(name) || documented.has(name.replace(/_(bucket|sum|count)$/, ''));

/** The metrics of an instance before something happens to it and afterwards. */
async function scraped({ what, options = {}, act }: AlertFault): Promise<{ before: string; after: string }> {
  const storeUrl = `file:${join(folder, what.replaceAll(' ', '-'), 'tasks.db')}`;
  const world = await RestWorld.start({}, {}, {}, { storeUrl, ...options });
  try {
    await world.driven(world.clock.advance(6000));
    const before = (await world.ask('GET /metrics')).text;
    await act(world, storeUrl);
    return { before, after: (await world.ask('GET /metrics')).text };
  } finally {
    jest.restoreAllMocks();
    await world.stop();
  }
}

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'alerts-'))));
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => void jest.restoreAllMocks());

const judged = hasPromtool ? it : it.skip;

describe('the alerts', () => {
  it('are made of metrics that there are, and each has its page in the run-book', () => {
    const pages = read('docs/operations.md');
    expect(rules.length).toBeGreaterThan(20);
    for (const { alert, expr, labels, annotations } of rules) {
      expect([alert, namesIn(expr).filter((name) => !isKnown(name))]).toEqual([alert, []]);
      expect(['critical', 'warning', 'info']).toContain(labels.severity);
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      const page = pages.split(`### ${alert}\n`)[1]?.split('\n### ')[0] ?? '';
      for (const part of ['It means', 'Look at', 'Do', 'It is over when'])
        expect([alert, page.includes(`- **${part}:**`)]).toEqual([alert, true]);
    }
    const named = [...pages.matchAll(/^### (TaskRunner\w+)$/gm)].map(([, name]) => String(name));
    expect(named.toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
  });

  it('name routes in their pages that there are', () => {
    const { paths } = JSON.parse(read('openapi.json')) as { paths: Record<string, Record<string, unknown>> };
    const named = [...read('docs/operations.md').matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/v1\/[^`\s]+)/g)];
    expect(named.length).toBeGreaterThan(8);
    for (const [, method = '', path = ''] of named)
      expect([method, path, paths[path]?.[method.toLowerCase()] !== undefined]).toEqual([method, path, true]);
  });

  it('are each brought about by a test', () => {
    const tried = ALERT_FAULTS.flatMap(({ alerts }) => alerts.map((name) => `TaskRunner${name}`));
    expect([...tried, 'TaskRunnerDown'].toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
  });

  judged('are accepted by Prometheus', () => checkRules(RULES));

  judged('are silent while an instance works, and not while none is there', async () => {
    const world = await RestWorld.start();
    await world.driven(world.clock.advance(11_000));
    const before = (await world.ask('GET /metrics')).text;
    await world.finishedRun();
    await world.driven(world.clock.advance(11_000));
    const series = replayed(before, (await world.ask('GET /metrics')).text, NAMES);
    const own = series.filter((each) => each.series.startsWith('task_runner_'));
    expect(own.length).toBeGreaterThan(100);
    await world.stop();
    await judge(RULES, own, [silent('.+')]);
    await judge(RULES, [{ series: 'up{job="task-runner"}', values: '0x100' }], [firing('TaskRunnerDown')]);
  });

  it.each(ALERT_FAULTS)('tell of $what', async (fault) => {
    const { before, after } = await scraped(fault);
    const names = new Set(seriesIn(after).map(({ name }) => name));
    const alerts = fault.alerts.map((name) => `TaskRunner${name}`);
    for (const alert of alerts) {
      const { expr } = rules.find((rule) => rule.alert === alert)!;
      expect([alert, namesIn(expr).filter((name) => !names.has(name))]).toEqual([alert, []]);
    }
    if (hasPromtool) await judge(RULES, replayed(before, after, NAMES), alerts.map(firing));
  });

  it.each(NO_FAULTS)('do not call it a fault: $what', async (wanted) => {
    const { before, after } = await scraped(wanted);
    expect(seriesIn(after).filter(({ value }) => Number.isNaN(value))).toEqual([]);
    const { name, labels, value } = wanted.seen;
    expect(valueIn(after, name, labels)).toBeGreaterThanOrEqual(value);
    if (hasPromtool)
      await judge(
        RULES,
        replayed(before, after, NAMES),
        wanted.alerts.map((alert) => silent(`TaskRunner${alert}`)),
      );
  });
});

describe('the dashboard', () => {
  it('is made of metrics that there are, and shows all that are documented', () => {
    expect(exprs.flatMap(namesIn).filter((name) => !isKnown(name))).toEqual([]);
    const shown = exprs.join('\n');
    const absent = [...documented].filter((name) => !new RegExp(`\\b${name}(_bucket|_sum|_count)?\\b`).test(shown));
    expect(absent).toEqual([]);
  });

  it('has its panels in rows, each of its own, with a title', () => {
    expect(dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
      ...['Promise', 'Work', 'Store', 'Edge', 'Process'],
    ]);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { title, targets = [], type } of dashboard.panels)
      expect([title.length > 3, type === 'row' || targets.length > 0]).toEqual([true, true]);
  });

  it('lays no panel over another one', () => {
    const within = (from: number, length: number, other: number, otherLength: number): boolean =>
      from < other + otherLength && other < from + length;
    const overlapping = dashboard.panels.flatMap((one, index) =>
      dashboard.panels
        .slice(index + 1)
        .filter(({ gridPos: { x, y, w, h } }) => {
          const own = one.gridPos;
          return within(own.x, own.w, x, w) && within(own.y, own.h, y, h);
        })
        .map((other) => `${one.title} and ${other.title}`),
    );
    expect(overlapping).toEqual([]);
  });

  judged('has expressions that Prometheus accepts', async () => {
    const plain = exprs.map((expr) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', '.*'));
    const file = join(folder, 'dashboard.yaml');
    const recorded = plain.map((expr, index) => ({ record: `panel:${index}`, expr }));
    await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
    await checkRules(file);
  });
});
