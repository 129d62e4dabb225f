import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld, taskBody } from '../rest/rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const cron = (expression: string) => ({ type: 'cron', expression });
const list = (length: number, item: (index: number) => string) => Array.from({ length }, (_, i) => item(i)).join(',');

/** The CPU time that a request takes in this process, in milliseconds, and its answer. */
async function costOf(line: string, body: unknown) {
  const before = process.cpuUsage();
  const answer = await world.ask(line, { body });
  const { user, system } = process.cpuUsage(before);
  return { answer, ms: (user + system) / 1000 };
}

describe('an expression with many H', () => {
  it.each([
    `0 0 ${list(480, () => 'H')} * *`,
    `0 0 ${list(160, () => 'H')} H ${list(160, () => 'H')}`,
    `0 0 ${list(120, (i) => `H(1-${1 + (i % 28)})`)} H H`,
    `0 0 ${list(100, (i) => `H(${1 + (i % 20)}-28)/${1 + (i % 9)}`)} H H`,
    `${list(300, (i) => `H/${1 + (i % 59)}`).slice(0, 950)} H H H H`,
    `0 0 0 ${list(100, (i) => `${1 + (i % 31)}W`)},H H H ${list(80, (i) => String(1970 + i))}`,
  ])('%s is read at once', async (expression) => {
    const { answer, ms } = await costOf('POST /v1/triggers/preview', { trigger: cron(expression) });
    expect([200, 400]).toContain(answer.status);
    expect(ms).toBeLessThan(1000);
  });

  it('costs no more in a batch of a hundred, each another', async () => {
    const tasks = Array.from({ length: 100 }, (_, i) =>
      taskBody({ triggers: [cron(`${i % 60} ${i % 24} H H H${i % 7 === 0 ? '' : `/${1 + (i % 7)}`}`)] }),
    );
    const { answer, ms } = await costOf('POST /v1/tasks/batch', { tasks });
    expect(answer.status).toBe(200);
    expect(ms).toBeLessThan(3000);
  });
});

describe('the name of an event', () => {
  const name = 'x'.repeat(128);
  const bodies = (event: string) => [
    taskBody({ triggers: [{ type: 'event', event }] }),
    taskBody({ action: { type: 'event', event } }),
  ];

  it('has one bound, wherever it is raised, listened to and sent in', async () => {
    for (const [event, status, sent] of [
      [name, 201, 202],
      [`${name}x`, 400, 400],
    ] as const) {
      for (const body of bodies(event)) expect((await world.ask('POST /v1/tasks', { body })).status).toBe(status);
      expect((await world.ask(`POST /v1/triggers/events/${event}`, { body: {} })).status).toBe(sent);
    }
  });
});

describe('letters that fold to those of a rule', () => {
  it.each([
    [{ type: 'cron', expression: '0 0 * * \u017fun' }, '/triggers/0/expression'],
    [{ type: 'rrule', rule: 'FREQ=\u017fECONDLY' }, '/triggers/0/rule'],
    [{ type: 'rrule', rule: 'RRULE:FREQ=WEE\u212aLY' }, '/triggers/0/rule'],
    [{ type: 'rrule', rule: 'FREQ=DAILY;BYHOUR=\uff11' }, '/triggers/0/rule'],
    [{ type: 'cron', expression: '0 0 * * *', timeZone: 'A\u017fia/Tokyo' }, '/triggers/0/timeZone'],
    [{ type: 'rrule', rule: 'FREQ=DAILY', timeZone: 'Asia/To\u212ayo' }, '/triggers/0/timeZone'],
  ])('%j is refused', async (trigger, pointer) => {
    const answer = await world.ask('POST /v1/tasks', { body: taskBody({ triggers: [trigger] }) });
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([400, pointer]);
  });
});
