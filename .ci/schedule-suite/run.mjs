/**
 * Runs the test suite of @nestjs/schedule against ours. It is fetched at a pinned commit and never becomes a part of this
 * repository; without a way to it, that is said, and nothing is run. `node .ci/schedule-suite/run.mjs` runs it
 * with `cluster: false`, `… run.mjs cluster` with shared jobs;
 * SCHEDULE_SUITE names another Git repository that has the commit.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const COMMIT = '0fdab45207fa984ca4717db5006285faff5530f6';
const SOURCE = process.env.SCHEDULE_SUITE ?? 'https://github.com/nestjs/schedule';
const here = import.meta.dirname;
const root = resolve(here, '../..');
const generated = join(here, 'generated');
const command = promisify(execFile);

/** Resolves to the folder with the suite, or to null when there is no way to it. */
async function fetched() {
  const folder = await mkdtemp(join(tmpdir(), 'schedule-suite-'));
  const git = (...parts) =>
    command('git', ['-C', folder, ...parts], { timeout: 60_000, env: { ...process.env, GIT_TERMINAL_PROMPT: '0' } });
  try {
    await git('init', '--quiet');
    await git('fetch', '--quiet', '--depth', '1', SOURCE, COMMIT);
    await git('checkout', '--quiet', 'FETCH_HEAD', '--', 'tests');
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    console.log(
      `SKIPPED: the suite of @nestjs/schedule could not be fetched from ${SOURCE}: ${String(error.stderr ?? error).trim()}`,
    );
    return null;
  }
}

/** What the suite imports from its own sources, by path; `MODE` decides whether jobs are shared. */
const STAND_INS = {
  'index.ts': `export * from 'OURS/index.js';\nexport { ScheduleModule } from './schedule.module.js';\n`,
  'decorators/index.ts': `export { Cron, Interval, Timeout } from 'OURS/index.js';\n`,
  'enums/index.ts': `export { CronExpression } from 'OURS/index.js';\n`,
  'scheduler.registry.ts': `export { SchedulerRegistry } from 'OURS/index.js';\n`,
  'schedule.messages.ts': `export { DUPLICATE_SCHEDULER } from 'OURS/messages.js';\n`,
  'interfaces/schedule-module-options.interface.ts': `export type { ScheduleModuleOptions } from 'OURS/index.js';\n`,
  'vitest.ts': `
    import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
    import { FastifyAdapter } from '@nestjs/platform-fastify';
    import { TestingModule } from '@nestjs/testing';
    // The suite takes the HTTP server of another package for granted.
    const create = TestingModule.prototype.createNestApplication;
    TestingModule.prototype.createNestApplication = function () { return create.call(this, new FastifyAdapter()); };
    const useFakeTimers = (options = {}) => jest.useFakeTimers({ doNotFake: DO_NOT_FAKE, ...options });
    const vi = new Proxy(jest, { get: (target, name) => (name === 'useFakeTimers' ? useFakeTimers : target[name]) });
    afterEach(() => jest.useRealTimers());
    export { afterEach, beforeEach, describe, expect, it, vi };
  `,
  'schedule.module.ts': `
    import { mkdtempSync } from 'node:fs';
    import { tmpdir } from 'node:os';
    import { join } from 'node:path';
    import { ScheduleModule as Ours } from 'OURS/index.js';
    const own = () => SHARED
      ? { runner: { storeUrl: 'file:' + join(mkdtempSync(join(tmpdir(), 'schedule-suite-')), 'tasks.db'), durability: 'relaxed' } }
      : { cluster: false };
    export class ScheduleModule {
      static forRoot(options) { return Ours.forRoot({ ...own(), ...options }); }
      static forRootAsync({ useFactory, useClass }) {
        const options = useFactory ?? (() => new useClass().createScheduleOptions());
        return Ours.forRootAsync({ useFactory: async () => ({ ...own(), ...(await options()) }) });
      }
    }
  `,
};

async function layOut(suite, mode) {
  await rm(generated, { recursive: true, force: true });
  await cp(join(suite, 'tests'), join(generated, 'tests'), { recursive: true });
  // The engine reads and writes by I/O, which goes on while the suite holds the timers.
  const doNotFake =
    mode === 'cluster' ? ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] : ['nextTick', 'queueMicrotask'];
  for (const [path, text] of Object.entries(STAND_INS)) {
    const file = join(generated, 'lib', path);
    await mkdir(dirname(file), { recursive: true });
    const filled = text
      .replaceAll('OURS', join(root, 'src/schedule'))
      .replaceAll('SHARED', String(mode === 'cluster'))
      .replaceAll('DO_NOT_FAKE', JSON.stringify(doNotFake));
    await writeFile(file, filled);
  }
  const { transform, extensionsToTreatAsEsm } = (await import(join(root, 'jest.config.js'))).default;
  const config = {
    rootDir: root,
    roots: [join(generated, 'tests')],
    modulePathIgnorePatterns: [],
    testMatch: ['**/*.spec.ts'],
    moduleNameMapper: { '^vitest$': join(generated, 'lib/vitest.ts'), '^(\\.{1,2}/.*|/.*)\\.js$': '$1' },
    testTimeout: 30_000,
    maxWorkers: 1,
    transform,
    extensionsToTreatAsEsm,
  };
  await writeFile(join(generated, 'jest.config.json'), JSON.stringify(config));
}

/** The names of the tests that passed and that failed. */
async function results() {
  const file = join(generated, 'results.json');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const quiet = [
    '--silent',
    '--forceExit',
    '--json',
    `--outputFile=${file}`,
    '--config',
    join(generated, 'jest.config.json'),
  ];
  const { stderr } = spawnSync(process.execPath, [...flags, jest, ...quiet], { cwd: root, encoding: 'utf8' });
  if (process.env.VERBOSE || !existsSync(file)) console.log(stderr);
  const { testResults } = JSON.parse(await readFile(file, 'utf8'));
  const broken = testResults.filter(({ assertionResults }) => assertionResults.length === 0);
  if (broken.length > 0) throw new Error(broken.map(({ name, message }) => `${name}: ${message}`).join('\n'));
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({ name: `${name.split('/').at(-1)}: ${fullName}`, status })),
  );
  const named = (status) =>
    tests
      .filter((test) => test.status === status)
      .map(({ name }) => name)
      .sort();
  return { passed: named('passed'), failed: named('failed') };
}

/** Runs the suite in one mode; resolves to whether exactly the listed tests failed. */
async function tried(suite, mode) {
  await layOut(suite, mode);
  const { passed, failed } = await results();
  const expected = JSON.parse(await readFile(join(here, 'exceptions.json'), 'utf8'))[mode];
  const surprises = failed.filter((name) => !(name in expected));
  const mended = Object.keys(expected).filter((name) => passed.includes(name));
  console.log(
    `The suite of @nestjs/schedule, ${mode}: ${passed.length} passed, ${failed.length} failed (${Object.keys(expected).length} listed).`,
  );
  for (const name of surprises) console.log(`  failed and is not listed: ${name}`);
  for (const name of mended) console.log(`  passed and is listed: ${name}`);
  return surprises.length === 0 && mended.length === 0;
}

const suite = await fetched();
if (suite) {
  try {
    if (!(await tried(suite, process.argv[2] ?? 'local'))) process.exitCode = 1;
  } finally {
    await rm(suite, { recursive: true, force: true });
    await rm(generated, { recursive: true, force: true });
  }
}
