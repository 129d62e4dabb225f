import { describe, expect, it } from '@jest/globals';
import { checkedReading } from '../checked.js';
import { readCronJobs } from './cron-jobs.js';

const OPTIONS = { timeZone: 'UTC', handler: 'kubernetes-job' };
const NOW = Date.parse('2027-01-31T12:00:00Z');
const read = (text: string) => readCronJobs(text, OPTIONS);

const WHOLE = `
apiVersion: batch/v1
kind: CronJob
metadata:
  name: backup
  namespace: shop
  labels: { app: shop }
spec:
  schedule: "0 3 */2 * 1"
  timeZone: Europe/Berlin
  suspend: true
  concurrencyPolicy: Replace
  startingDeadlineSeconds: 200
  successfulJobsHistoryLimit: 5
  jobTemplate:
    spec:
      backoffLimit: 2
      activeDeadlineSeconds: 600
      template:
        spec:
          restartPolicy: Never
          containers:
            - { name: backup, image: "backup:1", args: [--all], env: [{ name: LEVEL, value: "9" }] }
`;
const template = { spec: { template: { spec: { containers: [] } } } };
const job = (spec: object, metadata: object = { name: 'a' }) =>
  JSON.stringify({ apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec: { jobTemplate: template, ...spec } });

describe('a CronJob', () => {
  it('becomes a task with its policies', async () => {
    const { tasks, leftOut } = await read(WHOLE);
    expect(leftOut).toEqual([]);
    expect(tasks).toMatchObject([
      {
        key: 'shop/backup',
        schedule: '0 3 */2 * 1',
        pausedFor: 'suspended in Kubernetes',
        input: {
          name: 'shop/backup',
          triggers: [
            {
              type: 'cron',
              // A step restricts the days there, and two such fields mean "or".
              expression: '0 3 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 1',
              timeZone: 'Europe/Berlin',
              dst: { gap: 'skip', fold: 'both' },
            },
          ],
          overlap: 'replace',
          retry: { maxAttempts: 3, backoff: 'exponential', baseDelayMs: 10_000, maxDelayMs: 360_000, jitter: 0 },
          misfire: { policy: 'fire-once', maxAgeMs: 200_000 },
          startDeadlineMs: 200_000,
          deadlineMs: 600_000,
          timeoutMs: 600_000,
          parameters: {
            namespace: 'shop',
            name: 'backup',
            jobTemplate: { spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never' } } } },
          },
        },
      },
    ]);
    expect(tasks[0]!.input.parameters).not.toHaveProperty('jobTemplate.spec.activeDeadlineSeconds');
    expect(tasks[0]!.differences).toEqual([
      expect.stringContaining('history limits'),
      expect.stringContaining('labels and annotations are left out: app'),
      expect.stringContaining('environment variables'),
    ]);
  });

  it('has the defaults of Kubernetes for what it leaves open', async () => {
    const { tasks } = await read(job({ schedule: '@hourly' }));
    expect(tasks[0]!.input).toMatchObject({
      triggers: [{ expression: '@hourly', timeZone: 'UTC' }],
      overlap: 'allow',
      retry: { maxAttempts: 7 },
      timeoutMs: 604_800_000,
    });
    expect(tasks[0]!.differences).toEqual([expect.stringContaining('names no time zone')]);
    expect(checkedReading(await read(job({ schedule: '@hourly' })), 'kubernetes', '', NOW).tasks).toHaveLength(1);
  });

  it.each([
    ['@every 1h30m', 5_400_000],
    ['@every 90.5s', 90_000],
    ['@every 10ms', 1000],
  ])('%s is an interval', async (schedule, everyMs) => {
    const { tasks } = await read(job({ schedule }));
    expect(tasks[0]!.input.triggers).toEqual([{ type: 'interval', everyMs }]);
  });
});

it('reads documents, lists and lists in lists, and leaves out what is no CronJob', async () => {
  const item = JSON.parse(job({ schedule: '1 1 * * *' }, { name: 'listed' })) as object;
  const list = JSON.stringify({
    kind: 'List',
    items: [item, { kind: 'CronJobList', items: [{ ...item, kind: undefined, metadata: { name: 'inner' } }] }],
  });
  const { tasks, leftOut } = await read(
    `# a comment\n---\n${WHOLE}\n---\n${list}\n---\nkind: Service\nmetadata: {name: web}\n`,
  );
  expect(tasks.map(({ key }) => key)).toEqual(['shop/backup', 'default/listed', 'default/inner']);
  expect(leftOut).toEqual([expect.objectContaining({ reason: 'is of the kind Service; only CronJobs become tasks' })]);
});

describe('a broken document', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((name, at) => `${name}: &${name} [${`*${'abcdefgh'[at]},`.repeat(9)}]`),
  ].join('\n');

  it.each([
    ['bad: [unclosed', 'is no YAML'],
    ['a: 1\na: 2', 'is no YAML'],
    [bomb, 'cannot be read|is no YAML'],
    [`x: ${'['.repeat(100_000)}`, 'nested too deeply'],
    [`${'- '.repeat(50_000)}x`, 'nested too deeply'],
    [job({ schedule: 'sometimes' }), 'does not read'],
    [job({ schedule: '* * * * *', concurrencyPolicy: 'Maybe' }), 'no valid CronJob'],
    [job({ schedule: '* * * * *', startingDeadlineSeconds: 'x' }), 'no valid CronJob'],
    [job({}), 'no valid CronJob'],
    ['kind: CronJob\nspec: 3', 'no valid CronJob'],
    ['kind: CronJob\nmetadata:\nspec:', 'no valid CronJob'],
    ['kind: [CronJob]', 'only CronJobs'],
    ['kind: CronJob\napiVersion: example.org/v1', 'only CronJobs'],
  ])('is left out, and the others are not: %.40s', async (text, reason) => {
    const began = performance.now();
    const { tasks, leftOut } = await read(`${job({ schedule: '1 1 * * *' })}\n---\n${text}\n---\n${WHOLE}`);
    expect(tasks).toHaveLength(2);
    expect(leftOut[0]!.reason).toMatch(new RegExp(reason));
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('that names a zone nobody knows is left out by the check', async () => {
    const reading = await read(job({ schedule: '1 1 * * *', timeZone: 'Mars/Olympus' }));
    expect(checkedReading(reading, 'kubernetes', '', NOW).leftOut[0]!.reason).toContain('timeZone');
  });
});
