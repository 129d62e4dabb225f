import { expect, it, describe } from '@jest/globals';
import { CronExpression } from '@nestjs/schedule';
import { CronTime } from 'cron';
import fc from 'fast-check';
import compiler from 'typescript';
import { cronPackageTrigger } from '../../src/importers/cron/cron-package-expression.js';
import { checkedReading } from '../../src/importers/checked.js';
import { readDecorators } from '../../src/importers/nest/decorated-jobs.js';
import { sourceTreeIn } from '../../src/importers/nest/source-tree.js';
import { triggerOf } from '../../src/schedule/cluster/cron-dialect.js';

const OPTIONS = { timeZone: 'Europe/Paris', expressions: { ...CronExpression } as Record<string, string> };
const NOW = Date.parse('2027-01-31T12:00:00Z');
const read = (files: Record<string, string>) =>
  readDecorators(compiler, { files: new Map(Object.entries(files)), skipped: [] }, OPTIONS);
const inClass = (decorator: string, before = '') =>
  read({
    'a.ts': `import { Cron, CronExpression, Interval, Timeout } from '@nestjs/schedule';\n${before}\nexport class A { ${decorator} run() {} }`,
  });

const TREE = {
  'tsconfig.json': '{ "compilerOptions": { "baseUrl": "./src", "paths": { "@app/*": ["times/*"] } } }',
  'src/times/times.ts': `
    export const NIGHT = '30 2 * * *';
    export const MINUTE = 60 * 1000;
    export enum Zones { Berlin = 'Europe/Berlin' }
    export const OPTIONS = { timeZone: Zones.Berlin, waitForCompletion: true } as const;
  `,
  'src/timers/index.ts': `export { Cron as Each, Interval } from '@nestjs/schedule'; export * as nest from '@nestjs/schedule';`,
  'src/reports.ts': `
    import { Cron, CronExpression } from '@nestjs/schedule';
    import { Each, Interval, nest } from './timers/index.js';
    import { NIGHT, MINUTE, OPTIONS } from '@app/times';
    export class Reports {
      static readonly HOUR = 17;
      @Cron(NIGHT, { name: 'nightly', ...OPTIONS }) nightly() {}
      @Each(CronExpression.EVERY_WEEK, { utcOffset: 120, disabled: true, threshold: 1000 }) weekly() {}
      @nest.Cron(\`0 \${Reports.HOUR} */3 * 1\`) or() {}
      @Interval('poll', 5 * MINUTE) poll() {}
      @nest.Cron(new Date('2099-01-01T00:00:00Z')) once() {}
    }
  `,
};

describe('decorators in a source tree', () => {
  it('become tasks, by whatever name and constant they are written', () => {
    const { tasks, leftOut } = read(TREE);
    expect(leftOut).toEqual([]);
    expect(tasks.map(({ where, input, pausedFor }) => [where, input.name, input.triggers[0], pausedFor])).toEqual([
      [
        'src/reports.ts:7',
        'nightly',
        { type: 'cron', expression: '0 30 2 * * *', timeZone: 'Europe/Berlin' },
        undefined,
      ],
      [
        'src/reports.ts:8',
        'Reports.weekly',
        { type: 'cron', expression: '0 0 0 * * 0', timeZone: 'Etc/GMT-2' },
        'disabled in code',
      ],
      [
        ...['src/reports.ts:9', 'Reports.or'],
        { type: 'cron', expression: '0 0 17 1,4,7,10,13,16,19,22,25,28,31 * 1', timeZone: 'Europe/Paris' },
        undefined,
      ],
      ['src/reports.ts:10', 'poll', { type: 'interval', everyMs: 300_000 }, undefined],
      ['src/reports.ts:11', 'Reports.once', { type: 'once', at: '2099-01-01T00:00:00.000Z' }, undefined],
    ]);
    expect(tasks[0]!.input).toMatchObject({ overlap: 'skip', action: { type: 'handler', name: 'nightly' } });
    expect(tasks[1]!.input).toMatchObject({ overlap: 'allow', misfire: { policy: 'skip', graceMs: 1000 } });
    expect(checkedReading(read(TREE), 'nest', '', NOW).leftOut).toEqual([]);
  });

  it.each([
    [`@Cron(process.env.CRON)`, '', 'has "process.env.CRON", which only running it would tell'],
    [`@Cron(when())`, `const when = () => '* * * * *';`, 'has "when()"'],
    [`@Cron(when)`, `let when = '* * * * *';`, 'has "when"'],
    [`@Cron(when)`, `import { when } from 'elsewhere';`, 'has "when"'],
    [`@Cron(CronExpression.EVERY_BLUE_MOON)`, '', 'CronExpression.EVERY_BLUE_MOON'],
    [`@Cron(new Date('2099-01-01'))`, '', 'has "new Date('],
    [`@Cron('* * * * *', { [name]: 1 })`, `const name = 'x';`, 'only running it'],
    [`@Cron('* * * * *', { utcOffset: 90 })`, '', 'not whole hours'],
    [`@Cron('0 0 L * *')`, '', 'in its day of month'],
    [`@Interval(0)`, '', 'no number of milliseconds'],
    [`@Timeout(1000)`, '', 'after each start of a process'],
    [`@Cron(a)`, 'const a = b; const b = a;', 'only running it'],
  ])('%s is left out', (decorator, before, reason) => {
    const { tasks, leftOut } = inClass(decorator, before);
    expect([tasks, leftOut]).toEqual([[], [expect.objectContaining({ reason: expect.stringContaining(reason) })]]);
  });

  it.each([
    [`const Mine = () => Cron('* * * * *');`, 'other than as a decorator of a method'],
    [`export const all = [Interval, Timeout];`, 'other than as a decorator of a method'],
    [`export class B { @Cron('* * * * *') static run() {} }`, 'static method'],
    [`const schedule = require('@nestjs/schedule');`, 'where nobody can see'],
    [`export const late = import('@nestjs/schedule');`, 'where nobody can see'],
    [
      `import { CronJob } from 'cron'; export const job = new CronJob('* * * * *', () => {});`,
      'makes a job in code that runs',
    ],
    [`import { CronJob as J } from 'cron'; export const job = J.from({});`, 'makes a job in code that runs'],
    [
      `import { SchedulerRegistry } from '@nestjs/schedule'; export class B { constructor(private r: SchedulerRegistry) { this.r.addInterval('x', 1); } }`,
      'adds a job in code that runs',
    ],
    [`export class Broken { @Cron(`, 'cannot be read whole'],
  ])('%s is told', (code, reason) => {
    const { leftOut } = inClass('', code);
    expect(leftOut.map((each) => each.reason)).toContainEqual(expect.stringContaining(reason));
  });

  it('of other packages by the same names are left alone', () => {
    const { tasks, leftOut } = read({
      'a.ts': `import { Cron } from 'other'; export class A { @Cron('* * * * *') run() {} }`,
    });
    expect([tasks, leftOut]).toEqual([[], []]);
  });

  it('are found in the files of a folder, and nowhere else', async () => {
    const { files } = await sourceTreeIn(`${import.meta.dirname}/../../src/importers/nest`);
    expect([...files.keys()]).toContain('source-tree.ts');
    expect([...files.keys()].filter((path) => !path.endsWith('.ts'))).toEqual([]);
  });
});

const field = (first: number, last: number) => {
  const number = fc.integer({ min: first, max: last });
  const range = fc.tuple(number, number).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  return fc.oneof(
    fc.constant('*'),
    number.map(String),
    range,
    fc.integer({ min: 1, max: 9 }).map((step) => `*/${step}`),
  );
};

it('an expression means what it means to the package cron', () => {
  const expression = fc.tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7));
  fc.assert(
    fc.property(expression, fc.boolean(), (fields, hasSeconds) => {
      const text = (hasSeconds ? fields : fields.slice(1)).join(' ');
      expect(cronPackageTrigger(text, 'Europe/Berlin')).toEqual(triggerOf(new CronTime(text, 'Europe/Berlin')));
    }),
    { numRuns: 300, seed: 5 },
  );
});
