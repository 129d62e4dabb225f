import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Callee, latenessOf } from './callee.js';
import { describeOnEachStore, type TemporaryStore } from './each-store.js';
import { ServiceProcess } from './service-process.js';

const TASKS = 200;
const SECONDS = 10;

describeOnEachStore('Two processes on one store', (open) => {
  let store: TemporaryStore;
  let callee: Callee;
  let services: ServiceProcess[];

  beforeEach(async () => {
    store = await open();
    callee = await Callee.start();
    // A lock that is lost because the machine is busy leads to a second attempt, which is no fault.
    const patient = { LOCK_LIFE_MS: '60000' };
    services = [await ServiceProcess.start(store.url, patient), await ServiceProcess.start(store.url, patient)];
  });

  afterEach(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await callee.close();
    await store.drop();
  });

  it(`start each of ${TASKS} tasks a second for ${SECONDS} s once`, async () => {
    const begin = Math.ceil(Date.now() / 1000) * 1000 + 4000;
    const tasks = Array.from({ length: TASKS }, (_, index) => ({
      name: `task ${index}`,
      triggers: Array.from({ length: SECONDS }, (__, second) => ({
        type: 'once',
        at: new Date(begin + second * 1000).toISOString(),
      })),
      action: { type: 'http', url: callee.urlOf(`/task/${index}`) },
      overlap: 'allow',
    }));
    const halves = [tasks.slice(0, TASKS / 2), tasks.slice(TASKS / 2)];
    const answers = await Promise.all(
      halves.map((half, index) => services[index]!.call('POST', '/v1/tasks/batch', { tasks: half })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);

    await callee.until((calls) => calls.length >= TASKS * SECONDS);
    const starts = callee.calls.map(({ path, scheduledFor }) => `${path} ${scheduledFor}`);
    expect(new Set(starts).size).toBe(TASKS * SECONDS);
    await Promise.all(services.map((service) => service.stop()));
    expect(callee.calls.length).toBe(TASKS * SECONDS);
    expect(callee.calls.every(({ attempt }) => attempt === 1)).toBe(true);
    console.log(`Two processes: ${latenessOf(callee.calls)}`);
  }, 90_000);
});
