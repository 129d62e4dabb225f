import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Module, type LoggerService, type ModuleMetadata, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  getLifecycleEventsToken,
  getTaskSchedulerToken,
  InjectTaskScheduler,
  LifecycleEvents,
  TaskHandler,
  TaskRunnerModule,
  TaskScheduler,
  type TaskInput,
  type TaskRunnerModuleOptions,
} from '../../src/index.js';
import { Interval, ScheduleModule } from '../../src/schedule/index.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'runners-'))));
afterEach(() => rm(folder, { recursive: true }));

const on = (file: string, options: TaskRunnerModuleOptions = {}) =>
  ({ storeUrl: `file:${join(folder, file)}`, durability: 'relaxed', ...options }) as const;

@Injectable()
class Handlers {
  constructor(
    readonly scheduler: TaskScheduler,
    @InjectTaskScheduler('reports') readonly reports: TaskScheduler,
  ) {}

  @TaskHandler('where')
  own(): string {
    return 'the one without a name';
  }

  @TaskHandler('where', { runner: 'reports' })
  ofReports(): string {
    return 'reports';
  }
}

async function boot(metadata: ModuleMetadata, logger: LoggerService | false = false) {
  @Module(metadata)
  class Host {}
  return NestFactory.createApplicationContext(Host, { logger, abortOnError: false });
}

const refusal = (metadata: ModuleMetadata): Promise<string> =>
  boot(metadata).then(
    (app) => app.close().then(() => 'it started'),
    (error: Error) => error.message,
  );

const where: TaskInput = {
  name: 'where',
  triggers: [{ type: 'manual' }],
  action: { type: 'handler', name: 'where' },
};

async function outputOf(scheduler: TaskScheduler, events: LifecycleEvents): Promise<unknown> {
  const { id } = await scheduler.schedule(where);
  const finished = events.next('run.finished');
  await scheduler.runNow(id);
  return (await finished).run.output;
}

describe('several runners in one application', () => {
  const later = { imports: [], useFactory: () => on('later.db') };

  it('have stores, handlers, events and schedulers of their own', async () => {
    const app = await boot({
      imports: [
        TaskRunnerModule.forRoot(on('own.db')),
        TaskRunnerModule.forRoot(on('reports.db', { name: 'reports' })),
        TaskRunnerModule.forRootAsync({ ...later, name: 'later' }),
      ],
      providers: [Handlers],
    });
    try {
      const { scheduler, reports } = app.get(Handlers);
      expect(scheduler === app.get(TaskScheduler)).toBe(true);
      expect(app.get(getTaskSchedulerToken('reports')) === reports).toBe(true);
      const laterOne = app.get<TaskScheduler>(getTaskSchedulerToken('later'));
      expect(await outputOf(scheduler, app.get(LifecycleEvents))).toBe('the one without a name');
      expect(await outputOf(reports, app.get(getLifecycleEventsToken('reports')))).toBe('reports');
      for (const each of [scheduler, reports]) expect(await each.list()).toHaveLength(1);
      expect(await laterOne.list()).toEqual([]);
    } finally {
      await app.close();
    }
    await expect(boot({ imports: [TaskRunnerModule.forRoot(on('own.db'))] }).then(tasksAndEnd)).resolves.toBe(1);
  });

  it('leave the jobs of the drop-in to the one without a name', async () => {
    let ran: () => void = () => undefined;
    const tick = new Promise<void>((resolve) => (ran = resolve));
    @Injectable()
    class Jobs {
      @Interval('pulse', 50)
      pulse(): void {
        ran();
      }
    }
    const app = await boot({
      imports: [
        TaskRunnerModule.forRoot(on('reports.db', { name: 'reports' })),
        TaskRunnerModule.forRoot(on('own.db')),
        ScheduleModule.forRoot(),
      ],
      providers: [Jobs],
    });
    try {
      await tick;
      expect((await app.get(TaskScheduler).list()).map(({ definition }) => definition.name)).toEqual(['pulse']);
      expect(await app.get<TaskScheduler>(getTaskSchedulerToken('reports')).list()).toEqual([]);
    } finally {
      await app.close();
    }
  });

  const again = [TaskRunnerModule.forRoot, TaskRunnerModule.forRoot] as const;
  it.each([
    ['of one name', { name: 'reports' }, 'TaskRunnerModule is set up twice for the runner "reports": give each a name'],
    ['without a name', {}, 'TaskRunnerModule is set up twice for the runner without a name: give each a name'],
  ])('refuse to start when two are %s', async (_, options, sentence) => {
    const imports = again.map((forRoot, index) => forRoot(on(`${index}.db`, options)));
    expect(await refusal({ imports })).toContain(sentence);
  });

  it('refuse to start with a handler for a runner that is not there', async () => {
    @Injectable()
    class Lost {
      @TaskHandler('lost', { runner: 'report' })
      lost(): void {}
    }
    const imports = [TaskRunnerModule.forRoot(on('reports.db', { name: 'reports' }))];
    expect(await refusal({ imports, providers: [Lost] })).toBe(
      'The task handler "lost" (Lost.lost) is for the runner "report", which the application does not have; it has the runner "reports".',
    );
  });

  it.each([
    [{ name: 'two words' }, 'The name of a runner must be 1 to 40 letters, digits, ".", "_" or "-".'],
    [{ name: '' }, 'The name of a runner must be'],
    [{ name: undefined }, 'name is undefined: leave it out for its default.'],
    [{ global: undefined }, 'global is undefined: leave it out for its default.'],
    [{ global: 'no' }, 'global must be true or false.'],
  ])('refuse %p', (options, sentence) => {
    const wrong = options as TaskRunnerModuleOptions;
    expect(() => TaskRunnerModule.forRoot(wrong)).toThrow(sentence);
    expect(() => TaskRunnerModule.forRootAsync({ ...wrong, useFactory: () => on('x.db') })).toThrow(sentence);
  });
});

describe('the module in the application', () => {
  class User {
    constructor(@Inject(TaskScheduler) readonly scheduler: TaskScheduler) {}
  }
  const feature = (imports: ModuleMetadata['imports'] = []): Type => {
    @Module({ imports, providers: [User] })
    class Feature {}
    return Feature;
  };

  it('is global unless it is told otherwise', async () => {
    const runner = TaskRunnerModule.forRoot(on('tasks.db'));
    const app = await boot({ imports: [feature(), runner] });
    expect(app.get(User, { strict: false }).scheduler === app.get(TaskScheduler)).toBe(true);
    await app.close();
    const local = TaskRunnerModule.forRoot(on('tasks.db', { global: false }));
    expect(await refusal({ imports: [feature(), local] })).toMatch(/can't resolve dependencies of the User/);
    const imported = await boot({ imports: [feature([local]), local] });
    expect(imported.get(User, { strict: false }).scheduler).toBeInstanceOf(TaskScheduler);
    await imported.close();
  });

  it('logs one line of its start, without a secret, two of Nest, and two of its end', async () => {
    const logged: string[] = [];
    const record = (...parts: unknown[]) => void logged.push(parts.map(String).join(' '));
    const logger = { log: record, error: record, warn: record, debug: record, verbose: record, fatal: record };
    const encryptionKeys = `key:${Buffer.alloc(32, 7).toString('base64')}`;
    const imports = [TaskRunnerModule.forRoot(on('tasks.db', { encryptionKeys }))];
    const app = await boot(
      { imports, providers: [{ provide: 'handlers', useFactory: () => new OneHandler() }] },
      logger,
    );
    await app.close();
    expect(logged.map((line) => line.replace(/nstance [0-9a-f-]{36}/, 'nstance ID'))).toEqual([
      'Starting Nest application... NestFactory',
      ...['Host', 'TaskRunnerModule', 'RunnerModule'].map((name) => `${name} dependencies initialized InstanceLoader`),
      expect.stringMatching(
        /^Scheduled Task Runner \S+ started: store SQLite in \S+tasks\.db; all queues; handlers one; actions http, event, test-flow, noop; instance ID\. TaskRunner$/,
      ),
      'Instance ID is leaving: it takes up no more work, and holds 0 runs. TaskRunner',
      'Instance ID has left. TaskRunner',
    ]);
    expect(logged.join('\n')).not.toContain(encryptionKeys.slice(4));
  });
});

class OneHandler {
  @TaskHandler('one')
  one(): void {}
}

async function tasksAndEnd(app: Awaited<ReturnType<typeof boot>>): Promise<number> {
  const tasks = await app.get(TaskScheduler).list();
  await app.close();
  return tasks.length;
}
