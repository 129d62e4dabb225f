import { TaskHandler, TaskRunnerModule, TaskScheduler, LifecycleEvents } from '../../dist/index.js';
import { NestFactory } from '@nestjs/core';
import { inBatches } from './batches.js';

const BATCH = 10_000;

/** The product itself, embedded in a host application: the module API and a handler in this process. */
export async function open({ url, concurrency, lockLifeMs, onStart, onEnd }) {
  class Work {
    async run({ run, parameters }) {
      onStart(run.id, run.scheduledFor.getTime(), parameters.organization);
      if (parameters.holdMs) await new Promise((resolve) => setTimeout(resolve, parameters.holdMs));
    }
  }
  TaskHandler('work')(Work.prototype, 'run', Object.getOwnPropertyDescriptor(Work.prototype, 'run'));
  const engine = { concurrency, ...(lockLifeMs && { lockLifeMs, heartbeatMs: lockLifeMs / 4 }) };
  class Host {}
  const runner = TaskRunnerModule.forRoot({ storeUrl: url, engine, encryptionKeys: `bench:${'A'.repeat(43)}=` });
  // Subscribed before the runner starts, because it works while the rest of the application still comes up.
  const started = new Map();
  const watch = (events) => {
    events.on('run.finished', onEnd);
    events.on('run.started', ({ run }) => started.set(run.organization, (started.get(run.organization) ?? 0) + 1));
  };
  const ends = { provide: 'ends', inject: [LifecycleEvents], useFactory: watch };
  const app = await NestFactory.createApplicationContext(
    { module: Host, imports: [runner], providers: [Work, ends] },
    { logger: ['error', 'fatal'] },
  );
  app.enableShutdownHooks();
  const scheduler = app.get(TaskScheduler, { strict: false });
  const task = (fields) => ({ name: 'work', action: { type: 'handler', name: 'work' }, overlap: 'allow', ...fields });
  const storeAll = (count, input, organization = 'default') =>
    inBatches(count, BATCH, async (size) => {
      const results = await scheduler.for(organization).scheduleMany(Array.from({ length: size }, () => input));
      if (results.some((result) => 'faults' in result)) throw new Error(JSON.stringify(results[0].faults));
    });
  const manual = new Map();
  return {
    storeAt(count, at, holdMs, organization) {
      const triggers = [{ type: 'once', at: new Date(at).toISOString() }];
      const parameters = { ...(holdMs && { holdMs }), ...(organization && { organization }) };
      return storeAll(count, task({ triggers, timeoutMs: holdMs + 60_000, parameters }), organization);
    },
    storeEverySecond: (count, organization) =>
      storeAll(
        count,
        task({
          triggers: [{ type: 'cron', expression: '* * * * * *' }],
          parameters: organization ? { organization } : {},
        }),
        organization,
      ),
    /** Stores tasks that start on an event and raise the same event again. */
    storeEchoes: (count, event, organization) =>
      storeAll(count, task({ triggers: [{ type: 'event', event }], action: { type: 'event', event } }), organization),
    raise: (event, organization) => scheduler.for(organization).raise(event),
    async runNow(organization = 'default') {
      const own = scheduler.for(organization);
      if (!manual.has(organization)) {
        manual.set(organization, own.schedule(task({ triggers: [{ type: 'manual' }], parameters: { organization } })));
      }
      const { id } = await manual.get(organization);
      const run = await own.runNow(id);
      return run.id;
    },
    startedOf: (organization) => started.get(organization) ?? 0,
    close: () => app.close(),
  };
}
