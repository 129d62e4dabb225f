// A host application, in a process of its own, whose handler logs and returns as much as it may. It writes a line of
// JSON for each start of the other organization's task, and one for each run of the chatty ones that has ended.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { LifecycleEvents, TaskHandler, TaskRunnerModule, TaskScheduler } from '../../dist/index.js';

const { storeUrl, encryptionKeys, tasks, everyMs } = JSON.parse(process.argv[2]);
const say = (line) => console.log(JSON.stringify(line));

/** The bounds of a message, of an entry's data and of an output (characters), and enough entries for all of a log. */
const [MESSAGE, DATA, OUTPUT, ENTRIES] = ['m'.repeat(10_000), 'd'.repeat(60_000), 'o'.repeat(65_000), 70];

class Handlers {
  async chatty({ log }) {
    for (let entry = 0; entry < ENTRIES; entry++) log('info', `${entry} ${MESSAGE}`, { text: DATA + entry });
    return OUTPUT;
  }

  async quiet({ log }) {
    log('info', 'quiet');
    say({ started: Date.now() });
  }
}
for (const name of ['chatty', 'quiet']) {
  TaskHandler(name)(Handlers.prototype, name, Object.getOwnPropertyDescriptor(Handlers.prototype, name));
}

class HostModule {}

const module = {
  module: HostModule,
  imports: [TaskRunnerModule.forRoot({ storeUrl, encryptionKeys })],
  providers: [Handlers],
};
const app = await NestFactory.createApplicationContext(module, { logger: ['error'] });
app.get(LifecycleEvents, { strict: false }).on('run.finished', ({ run }) => {
  if (run.organization === 'hog') say({ ended: run.state, output: run.output?.length ?? 0 });
});
app.get(LifecycleEvents, { strict: false }).on('log.appended', ({ chunk: { organization, entries } }) => {
  for (const { message } of entries) {
    if (organization === 'quiet' && message === 'quiet') say({ logged: 1 });
    const lines = /^(\d+) lines? w\w+ left out/.exec(message)?.[1];
    if (lines) say({ organization, leftOut: Number(lines) });
  }
});
const of = (organization) => app.get(TaskScheduler, { strict: false }).for(organization);
const calling = (name, triggers) => ({ name, triggers, action: { type: 'handler', name }, overlap: 'allow' });
await of('quiet').schedule(calling('quiet', [{ type: 'interval', everyMs: 1000 }]));
await of('hog').scheduleMany(
  Array.from({ length: tasks }, () =>
    calling('chatty', [{ type: 'interval', everyMs, anchorAt: new Date(0).toISOString() }]),
  ),
);
say({ ready: true });
