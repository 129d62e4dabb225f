import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { retryPolicySchema } from '../../src/domain/task-definition.js';
import { SettableClock } from '../../src/clock/settable-clock.js';
import { statusFailure } from '../../src/integrations/http/failures.js';
import { T0 } from '../support/builders.js';
import { RetryPolicyManager, type Failure } from '../../src/retry/retry-policy-manager.js';
import { tablesOf, type Row } from './markdown-tables.js';

const text = readFileSync(new URL('../../docs/scheduling.md', import.meta.url), 'utf8');
const rows = tablesOf(text, ['Retries']).flat();
/** Half way between the extremes of the jitter. */
const manager = new RetryPolicyManager(() => 0.5);

function failureOf(words: string): Failure {
  const [code = '', asked] = words.split(', Retry-After ');
  const status = /^http-(\d+)$/.exec(code)?.[1];
  const answered = status === undefined ? {} : statusFailure(Number(status), undefined, new SettableClock(T0)).details;
  return {
    error: { code, message: '', ...(status !== undefined && { status: Number(status) }) },
    retryable: answered.retryable,
    ...(asked !== undefined && { retryAfterMs: Number.parseInt(asked) * 1000 }),
  };
}

function follows(row: Row): string {
  const policy = retryPolicySchema.parse(JSON.parse(row.Policy!));
  const [failure, failures] = [failureOf(row.Failure!), Number(row.Failed)];
  if (!manager.shouldRetryExecution(policy, failures, failure)) return 'nothing';
  return `after ${manager.calculateRetryDelay(policy, failures, failure.retryAfterMs)} ms`;
}

describe('the chapter Retries', () => {
  it('has examples to execute', () => {
    expect(rows.length).toBeGreaterThanOrEqual(20);
  });

  it.each(rows.map((row): [string, Row] => [`${row.Policy} ${row.Failure} ${row.Failed}`, row]))('%s', (_, row) => {
    expect(follows(row)).toBe(row['What follows']);
  });
});
