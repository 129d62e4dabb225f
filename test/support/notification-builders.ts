import {
  type MissedMessage,
  overdueMessage,
  type OverdueMessage,
  type RunMessage,
  type RunStep,
} from '../../src/domain/lifecycle-message.js';
import type { Rule } from '../../src/notifications/rules/rule.js';

const T0 = Date.parse('2027-01-31T12:00:00Z');

/** A rule for tests. */
export const aRule = (fields: Partial<Rule> = {}): Rule => ({
  ...{ id: 'rule-1', organization: 'acme', version: 1, name: 'nightly', enabled: true, on: ['failure'] },
  ...{ channels: ['c-1'], tasks: [], tags: [], failures: 3, repeatMs: null, lateMs: 60_000, groupMs: 0 },
  ...{ maxPerHour: 60, createdBy: 'ann', createdAt: T0, updatedAt: T0 },
  ...fields,
});

/** A step of the `n`th run of a task, `ms` after the beginning; a second apart unless given. */
export const runNews = (type: RunStep, n: number, ms = n * 1000, fields: Partial<RunMessage> = {}): RunMessage => ({
  ...{ id: `m-${n}-${type}`, type, organization: 'acme', at: T0 + ms, taskId: 't-1', taskName: 'nightly', tags: [] },
  ...{ runId: `r-${n}`, trigger: 'schedule', state: 'failed', scheduledFor: T0 + ms, attempt: 1, attempts: 1 },
  ...{ startedAt: T0 + ms, finishedAt: T0 + ms, latenessMs: 90_000, retryAt: null, reason: null },
  error: { code: 'boom', message: 'It broke.' },
  ...fields,
});

/** A task that was due `n` seconds after the beginning is overdue, or no longer. */
export const overdueNews = (type: OverdueMessage['type'], n: number): OverdueMessage => {
  const task = { id: 't-1', organization: 'acme', definition: { name: 'nightly', tags: [] } };
  const change = type === 'task.overdue' ? 'overdue' : 'recovered';
  return overdueMessage(task as unknown as Parameters<typeof overdueMessage>[0], { change, since: T0 + n * 1000, lateMs: 5000 }, T0); // prettier-ignore
};

/** Two occurrences of a task that got no run, a minute apart. */
export const missedNews = (outcome: MissedMessage['outcome']): MissedMessage => ({
  ...{
    id: 'm-missed',
    type: 'task.missed',
    organization: 'acme',
    at: T0,
    taskId: 't-1',
    taskName: 'nightly',
    tags: [],
  },
  ...{ from: T0, to: T0 + 60_000, count: 2, outcome, reason: 'too late' },
});
