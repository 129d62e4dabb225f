import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { installPacked, type HostProject, root } from './packed.js';

const HOST = `
import { Injectable, Module } from '@nestjs/common';
import { TaskHandler, TaskRunnerModule, TaskScheduler } from 'scheduled-task-runner';

type Options = Parameters<typeof TaskRunnerModule.forRoot>[0];

@Injectable()
export class Greeter {
  constructor(readonly scheduler: TaskScheduler) {}

  @TaskHandler('greet')
  greet(): string {
    return 'hello';
  }
}

export const hostOf = (options: Options) => {
  @Module({ imports: [TaskRunnerModule.forRoot(options)], providers: [Greeter] })
  class Host {}
  return Host;
};
`;

const SCHEDULE = `
import { Injectable, Module } from '@nestjs/common';
import { Cron, CronExpression, Interval, ScheduleModule, SchedulerRegistry, Timeout } from 'scheduled-task-runner/schedule';

@Injectable()
export class Jobs {
  constructor(readonly registry: SchedulerRegistry) {}

  @Cron(CronExpression.EVERY_HOUR, { name: 'hourly', timeZone: 'Europe/Paris', retry: { maxAttempts: 3 } })
  hourly(): void {
    this.registry.getCronJob('hourly').stop();
  }

  // @ts-expect-error: a zone and an offset exclude each other
  @Cron('* * * * *', { timeZone: 'Europe/Paris', utcOffset: 60 })
  @Interval('often', 1000, { spreadMs: 10 })
  @Timeout(10)
  often(): void {}
}

@Module({ imports: [ScheduleModule.forRoot({ cluster: false, timeouts: false })], providers: [Jobs] })
export class Host {}
`;

const STORE = `
import { afterEach, beforeEach, describe, it } from 'node:test';
import * as jest from '@jest/globals';
import { expect } from 'expect';
import { LockStore, type CustomStore, type StorePorts } from 'scheduled-task-runner/store';
import { describeStore } from 'scheduled-task-runner/store/contract';

export abstract class Locks extends LockStore {
  // @ts-expect-error: a port promises what a method resolves to
  override async release(): Promise<number> {
    return 1;
  }
}

declare const ports: StorePorts;
const close = () => Promise.resolve();
const open = (): CustomStore => ({ kind: 'shelf', ports, close });
describeStore('by node', () => ({ open }), { describe, it, beforeEach, afterEach, expect });
describeStore('by Jest', () => ({ open }), jest);

const { stats: _, ...others } = ports;
// @ts-expect-error: a store lacks no port
export const lacking: CustomStore = { kind: 'shelf', ports: others, close };
`;

const TSCONFIG = {
  compilerOptions: {
    ...{ module: 'nodenext', target: 'es2023', lib: ['es2023'], types: ['node'], strict: true, noEmit: true },
    ...{ experimentalDecorators: true, emitDecoratorMetadata: true, skipLibCheck: false },
  },
  files: ['host.ts'],
};

let host: HostProject;

const compile = () => host.node(join(root, 'node_modules/typescript/bin/tsc'), '--project', host.folder);
const evaluate = (code: string, type = 'module') =>
  host.node('--disable-warning=ExperimentalWarning', `--input-type=${type}`, '--eval', code);

beforeAll(async () => {
  host = await installPacked();
  await writeFile(join(host.folder, 'package.json'), JSON.stringify({ name: 'host', type: 'module' }));
  await writeFile(join(host.folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
}, 60_000);

afterAll(() => rm(host.folder, { recursive: true, force: true }));

describe('the packed package', () => {
  it('holds what it needs', () => {
    const needed = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'config/default.yaml'];
    expect(host.files).toEqual(expect.arrayContaining([...needed, 'dist/index.js', 'dist/index.d.ts', 'dist/main.js']));
  });

  it('holds neither sources, tests nor data', () => {
    const rest = host.files
      .filter((path) => !/^(dist|dist-commonjs|config)\//.test(path))
      .filter((path) => path.includes('/'));
    expect(rest).toEqual([]);
    expect(
      host.files.filter((path) => /\.spec\.|(^|\/)(src|test|data|node_modules)\/|\.tsbuildinfo$/.test(path)),
    ).toEqual([]);
  });

  it('gives a host what it is made of, prints nothing and lets the host end', async () => {
    const code = `import * as it from 'scheduled-task-runner'; console.log(JSON.stringify(Object.keys(it)));`;
    const { stdout, stderr } = await evaluate(code);
    expect(JSON.parse(stdout)).toEqual(expect.arrayContaining(['TaskHandler', 'TaskRunnerModule', 'TaskScheduler']));
    expect(stderr).toBe('');
  });

  it('can be required by a CommonJS host', async () => {
    const { stdout } = await evaluate(
      `console.log(typeof require('scheduled-task-runner').TaskRunnerModule)`,
      'commonjs',
    );
    expect(stdout.trim()).toBe('function');
  });

  it.each(['dist/main.js', 'dist/index.js', 'src/index.ts', 'config/default.yaml'])(
    'keeps %s to itself',
    async (path) => {
      const failure = await evaluate(`await import('scheduled-task-runner/${path}')`).catch((error: Error) => error);
      expect(failure).toHaveProperty('stderr', expect.stringContaining('ERR_PACKAGE_PATH_NOT_EXPORTED'));
    },
  );

  it('compiles in a strict host', async () => {
    await writeFile(join(host.folder, 'host.ts'), HOST);
    await expect(compile()).resolves.toMatchObject({ stdout: '' });
  }, 60_000);

  it('takes the place of @nestjs/schedule by another import', async () => {
    await writeFile(join(host.folder, 'host.ts'), SCHEDULE);
    await expect(compile()).resolves.toMatchObject({ stdout: '' });
    const code = `import * as it from 'scheduled-task-runner/schedule'; console.log(JSON.stringify(Object.keys(it).sort()));`;
    expect(JSON.parse((await evaluate(code)).stdout)).toEqual([
      'Cron',
      'CronExpression',
      'Interval',
      'ScheduleJobs',
      'ScheduleModule',
      'SchedulerRegistry',
      'Timeout',
    ]);
  }, 60_000);

  it('gives the ports of stores and their contract, which no other part loads', async () => {
    await writeFile(join(host.folder, 'host.ts'), STORE);
    await expect(compile()).resolves.toMatchObject({ stdout: '' });
    const names = `['', '/store', '/store/contract'].map((path) => Object.keys(require('scheduled-task-runner' + path)))`;
    const { stdout } = await evaluate(`console.log(JSON.stringify(${names}))`, 'commonjs');
    const [main, ports, contract] = JSON.parse(stdout) as string[][];
    expect(ports).toEqual(expect.arrayContaining(['RunStore', 'TaskStore', 'StoreUnavailableError', 'listingOf']));
    expect(contract).toEqual(['describeStore']);
    expect(main).not.toContain('RunStore');
  }, 60_000);

  it('has types that refuse what is wrong', async () => {
    await writeFile(join(host.folder, 'host.ts'), `${HOST}\nexport const wrong = hostOf({ noSuchOption: true });\n`);
    const failure = await compile().catch((error: Error) => error);
    expect(failure).toHaveProperty('stdout', expect.stringMatching(/host\.ts.*noSuchOption/));
  }, 60_000);
});
