import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RestWorld, taskBody, type Body } from '../rest/rest-world.js';
import { HttpTarget } from '../support/http-target.js';

const KB = 1000;
const MB = 1000 * KB;
/** Numbers that take five bytes each when sent, and 22 when stored. */
const MANY = Array.from({ length: 190_000 }, () => '1e20').join();
const once = { retry: { maxAttempts: 1 } };

let world: RestWorld;
let target: HttpTarget;
beforeAll(async () => {
  target = await HttpTarget.start();
  world = await RestWorld.start({}, {}, {}, { httpAllow: ['127.0.0.1'] });
});
afterAll(async () => {
  await world.stop();
  await target.close();
});

const codeOf = (run: Body): unknown => (run.attempts.at(-1) as { error?: { code: string } } | undefined)?.error?.code;

describe('what templates make of a task', () => {
  const large = 'x'.repeat(500 * KB);
  const list = Array.from({ length: 100_000 }, () => 1);

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a parameter 1,050 times in a body', { body: '{{parameters.a}}'.repeat(1050) }, { a: large }],
    [
      'a parameter in 1,050 places of a body',
      { body: Array.from({ length: 1050 }, () => '{{parameters.a}}') },
      { a: large },
    ],
    ['all parameters within a text', { body: { a: 'all: {{parameters}}'.repeat(100) } }, { list }],
    ['a list in a thousand places', { body: Array.from({ length: 1000 }, () => '{{parameters.list}}') }, { list }],
    ['a header', { headers: { a: '{{parameters.a}}'.repeat(10) } }, { a: large }],
    ['a URL', { url: `https://example.org/${'{{parameters.a}}'.repeat(10)}` }, { a: large }],
    ['escapes', { body: '{{parameters.a}}{{parameters.a}}{{parameters.a}}' }, { a: '\u0001'.repeat(160 * KB) }],
  ])('%s fails the run, and sends nothing', async (_what, fields, parameters) => {
    const action = { type: 'http', url: `${target.url}/`, ...fields };
    const begun = performance.now();
    const run = await world.finishedRun({ action, parameters, ...once });
    expect([run.state, codeOf(run)]).toEqual(['failed', 'request-too-large']);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(target.requests).toEqual([]);
  });

  it('a request within the bound is sent as it is', async () => {
    const action = { type: 'http', url: `${target.url}/`, body: ['{{parameters.a}}', '{{parameters.a}}'] };
    const run = await world.finishedRun({ action, parameters: { a: large }, ...once });
    expect(run.state).toBe('succeeded');
    expect(target.requests.at(-1)!.body).toHaveLength(2 * large.length + 7);
  });
});

describe('events that carry events', () => {
  it('end with a run that says so, before they have grown to more than one may', async () => {
    const hop = (n: number) => ({
      triggers: [{ type: 'event', event: `hop-${n}` }],
      action: { type: 'event', event: `hop-${n + 1}`, data: Array.from({ length: 10 }, () => '{{event.data}}') },
      ...once,
    });
    const tasks: Body[] = [];
    for (let n = 0; n < 4; n++) tasks.push(await world.task(hop(n)));
    await world.ask('POST /v1/triggers/events/hop-0', { body: 'x'.repeat(30 * KB) });
    const runOf = async (task: Body): Promise<Body | undefined> => {
      for (let tries = 0; tries < 100; tries++) {
        const [run] = (await world.ask(`GET /v1/runs?taskId=${task.id}`)).body.items;
        if (run) return world.finished(run.id);
        await world.clock.advance(10);
      }
      return undefined;
    };
    expect((await runOf(tasks[0]!))?.state).toBe('succeeded');
    const second = await runOf(tasks[1]!);
    expect([second?.state, second && codeOf(second)]).toEqual(['failed', 'event-too-large']);
    expect(await runOf(tasks[2]!)).toBeUndefined();
  });
});

describe('a task that grows', () => {
  it('by 22 changes of a megabyte is refused before it is one of two', async () => {
    const { id } = await world.task();
    const statuses: number[] = [];
    for (let n = 0; n < 22; n++) {
      const body = { parameters: { [`part${n}`]: 'x'.repeat(900 * KB) } };
      statuses.push((await world.ask(`PATCH /v1/tasks/${id}`, { body })).status);
    }
    expect(statuses).toEqual([200, ...Array.from({ length: 21 }, () => 400)]);
    expect((await world.ask(`GET /v1/tasks/${id}`)).text.length).toBeLessThan(1.1 * MB);
    expect((await world.ask(`PATCH /v1/tasks/${id}`, { body: { parameters: { part0: null } } })).status).toBe(200);
  });

  it('by its secrets or by how numbers are written is refused as well', async () => {
    const { id } = await world.task({ parameters: { a: 'x'.repeat(800 * KB) } });
    const secrets = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`s${n}`, 'x'.repeat(9000)]));
    const answer = await world.ask(`PATCH /v1/tasks/${id}`, { body: { secrets } });
    expect([answer.status, answer.body.errors[0]!.detail]).toEqual([400, expect.stringContaining('sealed secrets')]);
    const raw = JSON.stringify(taskBody({ parameters: { a: ['NUMBERS'] } })).replace('"NUMBERS"', MANY);
    expect((await world.ask('POST /v1/tasks', { raw })).status).toBe(400);
  });

  it('is refused as a part of a batch, alone', async () => {
    const raw = JSON.stringify({ tasks: [taskBody(), taskBody({ parameters: { a: ['NUMBERS'] } })] });
    const answer = await world.ask('POST /v1/tasks/batch', { raw: raw.replace('"NUMBERS"', MANY) });
    expect(answer.body.results.map(({ status }) => status)).toEqual([201, 400]);
  });
});
