import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { metricsIn, seriesIn, type Series } from '../rest/metrics-text.js';

/** Whether this machine has Prometheus' own program for rules (Debian's package prometheus). */
export const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

/** The length of what is replayed, longer than any alert waits. */
const MINUTES = 100;

const run = promisify(execFile);

/** Checks a file of rules. Rejects with what is wrong. */
export const checkRules = (file: string): Promise<unknown> => run('promtool', ['check', 'rules', file]);

const keyOf = ({ name, labels }: Series): string =>
  `${name}{${[...Object.entries(labels), ['job', 'task-runner'], ['instance', 'one']]
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(',')}}`;

/**
 * What was scraped before and after something happened, as if that went on: what counts grows by as much each minute,
 * and everything else stays as it was afterwards.
 */
export function replayed(
  before: string,
  after: string,
  names: ReadonlySet<string>,
): { series: string; values: string }[] {
  const types = metricsIn(after);
  const former = new Map(seriesIn(before).map((each) => [keyOf(each), each.value]));
  return seriesIn(after).flatMap((each) => {
    if (!names.has(each.name) || !Number.isFinite(each.value)) return [];
    const counts = types.get(each.name)?.type !== 'gauge';
    const start = counts ? (former.get(keyOf(each)) ?? 0) : each.value;
    return [{ series: keyOf(each), values: `${start}+${counts ? each.value - start : 0}x${MINUTES}` }];
  });
}

/** Has Prometheus' rules judge the series. Rejects unless exactly its expected value comes of each expression. */
export async function judge(
  rules: string,
  series: readonly { series: string; values: string }[],
  expected: readonly { expr: string; value: number }[],
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'promtool-'));
  try {
    const test = {
      rule_files: [rules],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: series,
          promql_expr_test: expected.map(({ expr, value }) => {
            return { expr, eval_time: `${MINUTES - 5}m`, exp_samples: [{ labels: '{}', value }] };
          }),
        },
      ],
    };
    await writeFile(join(folder, 'test.yaml'), stringify(test));
    await run('promtool', ['test', 'rules', join(folder, 'test.yaml')]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
