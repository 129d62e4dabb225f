import { TaskHandler, TaskRunnerModule, TaskScheduler, LifecycleEvents } from '../../dist/index.js';
import { NestFactory } from '@nestjs/core';
import { inBatches } from './batches.js';

const BATCH = 10_000;

/** The product itself, as a host application has it: the module API and a handler in this process. */
export async function open({ url, concurrency, lockLifeMs, onStart, onEnd }) {
  class Work {
    async run({ run, parameters }) {
      onStart(run.id, run.scheduledFor.getTime());
      if (parameters.holdMs) await new Promise((resolve) => setTimeout(resolve, parameters.holdMs));
    }
  }
  TaskHandler('work')(Work.prototype, 'run', Object.getOwnPropertyDescriptor(Work.prototype, 'run'));
  const engine = { concurrency, ...(lockLifeMs && { lockLifeMs, heartbeatMs: lockLifeMs / 4 }) };
  class Host {}
  const runner = TaskRunnerModule.forRoot({ storeUrl: url, engine, encryptionKeys: `bench:${'A'.repeat(43)}=` });
  // Subscribed before the runner starts: it works while the rest of the application still comes up.
  const ends = { provide: 'ends', inject: [LifecycleEvents], useFactory: (events) => events.on('run.finished', onEnd) };
  const app = await NestFactory.createApplicationContext(
    { module: Host, imports: [runner], providers: [Work, ends] },
    { logger: ['error', 'fatal'] },
  );
  app.enableShutdownHooks();
  const scheduler = app.get(TaskScheduler, { strict: false });
  const task = (fields) => ({ name: 'work', action: { type: 'handler', name: 'work' }, overlap: 'allow', ...fields });
  let manual;
  return {
    storeAt: (count, at, holdMs) =>
      inBatches(count, BATCH, async (size) => {
        const triggers = [{ type: 'once', at: new Date(at).toISOString() }];
        const input = task({ triggers, timeoutMs: holdMs + 60_000, ...(holdMs && { parameters: { holdMs } }) });
        const results = await scheduler.scheduleMany(Array.from({ length: size }, () => input));
        if (results.some((result) => 'faults' in result)) throw new Error(JSON.stringify(results[0].faults));
      }),
    storeEverySecond: (count) =>
      inBatches(count, BATCH, async (size) => {
        const triggers = [{ type: 'cron', expression: '* * * * * *' }];
        await scheduler.scheduleMany(Array.from({ length: size }, () => task({ triggers })));
      }),
    async runNow() {
      manual ??= await scheduler.schedule(task({ triggers: [{ type: 'manual' }] }));
      await scheduler.runNow(manual.id);
    },
    close: () => app.close(),
  };
}
