import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '../../src/domain/canonical-json.js';
import { HandlerRegistry } from '../../src/integrations/handler/handler-registry.js';
import { InvalidInputError, TaskScheduler } from '../../src/index.js';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { RestWorld, taskBody, type Body } from '../rest/rest-world.js';
import { HttpTarget } from '../support/http-target.js';

const RUNS = 25;

const names = [
  ...['constructor', '__proto__', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', 'then', 'toJSON', 'toBSON'],
  ...['$where', '$ne', '_id', '_bsontype', 'a.b', '.', '', '0', '007', '-1', '9007199254740993', 'length', '~', '/'],
  ...['a\u0000b', '\ud800', '\u{1f680}', '{{secrets.token}}', '"', '\\', 'n'.repeat(10_000), 'id', 'task', 'items'],
];
const name = fc.constantFrom(...names);
const plain = fc.constantFrom<unknown>(
  null,
  true,
  0,
  -1,
  1e308,
  9007199254740991,
  '',
  'x',
  '\u0000',
  '\ud800',
  '$',
  '"',
);
const { hostile } = fc.letrec<{ hostile: unknown }>((tie) => ({
  hostile: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    plain,
    fc.array(tie('hostile'), { maxLength: 3 }),
    fc.uniqueArray(fc.tuple(name, tie('hostile')), { maxLength: 4, selector: ([key]) => key }).map(object),
  ),
}));
const hostileObject = fc
  .uniqueArray(fc.tuple(name, hostile), { minLength: 1, maxLength: 4, selector: ([key]) => key })
  .map(object);

/** Builds an object as JSON.parse does: every name is an own member. */
function object(entries: [string, unknown][]): unknown {
  return Object.fromEntries(entries);
}

const text = (value: unknown): string => JSON.stringify(value);

/** The value at the path. */
const at = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce((within, part) => (within as Record<string | number, unknown>)[part], value);

describeOnEachStore('JSON of users with names of every kind', (open: () => Promise<TemporaryStore>) => {
  let store: TemporaryStore;
  let target: HttpTarget;
  let world: RestWorld;
  let scheduler: TaskScheduler;
  let output: unknown = null;

  beforeAll(async () => {
    store = await open();
    target = await HttpTarget.start();
    world = await RestWorld.start({}, {}, {}, { storeUrl: store.url, httpAllow: ['127.0.0.1'] });
    scheduler = world.app.get(TaskScheduler, { strict: false }).for('acme');
    world.app.get(HandlerRegistry, { strict: false }).register('hostile', ({ log }) => {
      log('info', 'returns', { output: output as null });
      return output;
    });
  });
  afterAll(async () => {
    await world.stop();
    await target.close();
    await store.drop();
  });

  /** Expects 2xx, or a 400 that points at a fault; never anything else. */
  async function sent(line: string, body: unknown): Promise<Body | null> {
    const answer = await world.ask(line, { raw: text(body) });
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    expect([line, answer.status, answer.text.slice(0, 300)]).toEqual([line, 400, expect.any(String)]);
    expect(answer.body.errors.length).toBeGreaterThan(0);
    return null;
  }

  async function read(line: string): Promise<Body> {
    const answer = await world.ask(`GET ${line}`);
    expect([line, answer.status]).toEqual([line, 200]);
    return answer.body;
  }

  const lists = ['/v1/tasks', '/v1/runs', '/v1/audit', '/v1/settings', '/v1/stats', '/v1/forecast'];
  const readAll = async () => {
    for (const list of lists) await read(list);
  };

  const check = (property: fc.IAsyncProperty<unknown>) =>
    fc.assert(property as never, { numRuns: RUNS, seed: 20_270_131 });

  const places: [string, (value: unknown) => Record<string, unknown>, (string | number)[]][] = [
    ['parameters', (value) => ({ parameters: value }), ['parameters']],
    ['a parameter', (value) => ({ parameters: { a: [value] } }), ['parameters', 'a', 0]],
    ['the body of a call', (value) => ({ action: call({ body: value }) }), ['action', 'body']],
    ['the data of an event action', (data) => ({ action: { type: 'event', event: 'e', data } }), ['action', 'data']],
    ['a filter', (value) => ({ triggers: [waiting({ 'data.a': value })] }), ['triggers', 0, 'filter', 'data.a']],
    ['a filter as a whole', (value) => ({ triggers: [waiting(value)] }), ['triggers', 0, 'filter']],
  ];
  const call = (fields: object) => ({ type: 'http', url: 'https://example.org/', ...fields });
  const waiting = (filter: unknown) => ({ type: 'event', event: 'never', filter });

  it.each(places)('%s: comes back as it was sent, over and over, or is refused', async (_what, within, path) => {
    await check(
      fc.asyncProperty(hostileObject, async (value) => {
        const created = await sent('POST /v1/tasks', taskBody(within(value)));
        if (!created) return;
        const sentText = text(value);
        expect(text(at(created, path))).toBe(sentText);
        const shown = await read(`/v1/tasks/${created.id}`);
        expect(text(at(shown, path))).toBe(sentText);
        const changed = await sent(`PATCH /v1/tasks/${created.id}`, { ...within(null), ...{ priority: 1 }, name: 'b' });
        if (changed) expect(await read(`/v1/tasks/${created.id}`)).toBeDefined();
        await sent(`PATCH /v1/tasks/${created.id}`, within(value));
        const audited = await read(`/v1/audit?object=${created.id}`);
        const last = audited.items.at(-1);
        // The trail holds the canonical form, in which members are sorted.
        expect(canonicalJson(at(last, ['after', ...path]))).toBe(canonicalJson(value));
        await readAll();
      }),
    );
  });

  it.each(places)('%s: the same through the module', async (_what, within, path) => {
    await check(
      fc.asyncProperty(hostileObject, async (value) => {
        const task = await scheduler.schedule(taskBody(within(value)) as never).catch(asFaults);
        if (!task) return;
        expect(text(at((await scheduler.get(task.id)).definition, path))).toBe(text(value));
        await scheduler.change(task.id, within(value)).catch(asFaults);
        expect(await read(`/v1/tasks/${task.id}`)).toBeDefined();
      }),
    );
    await readAll();
  });

  it('headers and secrets: names of every kind are taken or refused', async () => {
    await check(
      fc.asyncProperty(name, fc.constantFrom('headers', 'secrets', 'resources'), async (key, place) => {
        const member = Object.fromEntries([[key, place === 'resources' ? 1 : 'value']]);
        const body = place === 'headers' ? { action: call({ headers: member }) } : { [place]: member };
        const task = await sent('POST /v1/tasks', taskBody(body));
        if (!task) return;
        const shown = await read(`/v1/tasks/${task.id}`);
        if (place === 'headers') expect(text(at(shown, ['action', 'headers']))).toBe(text(member));
        if (place === 'secrets') expect(shown.secretNames).toEqual([key]);
        if (place === 'resources') expect(text(at(shown, ['resources']))).toBe(text(member));
      }),
    );
    await readAll();
  });

  it('settings: calendars and pools of every name come back, or are refused', async () => {
    await check(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 3 }), async (keys) => {
        const resources = Object.fromEntries(keys.map((key) => [key, 3]));
        const calendars = Object.fromEntries(keys.map((key) => [key, { dates: ['2027-02-01'] }]));
        const put = await sent('PUT /v1/settings', { resources, calendars });
        if (!put) return;
        const shown = await read('/v1/settings');
        expect(Object.keys(at(shown, ['resources']) as object)).toEqual(Object.keys(resources));
        expect(Object.keys(at(shown, ['calendars']) as object)).toEqual(Object.keys(calendars));
        await sent('PUT /v1/settings', {});
      }),
    );
    await readAll();
  });

  it.each(['constructor', 'toString', 'valueOf'])('a pool called %s is one like any other', async (pool) => {
    const run = await world.finishedRun({ resources: { [pool]: 1 } });
    expect(run.state).toBe('succeeded');
  });

  it('a reference to a calendar that is called like what every object has finds none', async () => {
    const answer = await world.ask('POST /v1/tasks', { body: taskBody({ calendars: ['toString'] }) });
    expect(answer.status).toBe(400);
  });

  it('events: any data is taken or refused, and starts what waits for it', async () => {
    await world.task({ triggers: [{ type: 'event', event: 'hostile' }], parameters: { a: 1 } });
    await world.task({
      triggers: [{ type: 'event', event: 'hostile', filter: { 'data.never.sent': 'by anybody' } }],
      action: { type: 'event', event: 'raised', data: { again: '{{event.data}}' } },
    });
    await check(
      fc.asyncProperty(hostile, async (data) => {
        const received = await sent('POST /v1/triggers/events/hostile', data);
        if (received) expect(received.runs).toHaveLength(1);
        if (received) expect((await world.finished(received.runs[0] as never)).state).toBe('succeeded');
        await scheduler.raise('hostile', data as never).catch(asFaults);
      }),
    );
    await readAll();
  });

  it('outputs of handlers and their logs come back as JSON carries them', async () => {
    const { id } = await world.task({ action: { type: 'handler', name: 'hostile' } });
    await check(
      fc.asyncProperty(hostile, async (value) => {
        output = value;
        const run = await world.finished((await sent(`POST /v1/tasks/${id}/run`, undefined))!.id);
        expect(run.state).toBe('succeeded');
        const shown = await read(`/v1/runs/${run.id}`);
        if (value !== null && text(value).length < 60_000) expect(text(at(shown, ['output']))).toBe(text(value));
        const log = (await read(`/v1/runs/${run.id}/log`)).items as unknown as {
          message: string;
          data: { output: unknown };
        }[];
        const entry = log.find(({ message }) => message === 'returns')!;
        if (text(value).length < 60_000) expect(text(entry.data.output)).toBe(text(value));
      }),
    );
    await readAll();
  });

  it('what a called host answers is kept as the JSON that it is, or as its text', async () => {
    const { id } = await world.task({ action: { type: 'http', url: `${target.url}/` } });
    await check(
      fc.asyncProperty(hostile, async (value) => {
        const answered = text(value);
        target.answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end(answered);
        const run = await world.finished((await sent(`POST /v1/tasks/${id}/run`, undefined))!.id);
        expect(run.state).toBe('succeeded');
        const kept: unknown = at(run, ['output', 'body']);
        if (answered.length < 60_000)
          expect(typeof kept === 'string' && kept === answered ? kept : text(kept)).toBe(answered);
      }),
    );
    await readAll();
  });
});

function asFaults(error: unknown): null {
  if (error instanceof InvalidInputError) return null;
  throw error;
}

describe('a body', () => {
  let world: RestWorld;
  beforeAll(async () => {
    world = await RestWorld.start();
  });
  afterAll(() => world.stop());

  const bytes = (body: Buffer, type = 'application/json') =>
    world.token('admin', 'acme').then((token) =>
      world.app.inject({
        method: 'POST',
        url: '/v1/triggers/events/e',
        headers: { authorization: `Bearer ${token}`, 'content-type': type },
        payload: body,
      }),
    );

  it.each([
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['half a character', [0x22, 0xe2, 0x82, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a lone continuation', [0x22, 0x80, 0x22]],
    ['beyond Unicode', [0x22, 0xf5, 0x80, 0x80, 0x80, 0x22]],
    ['Latin-1', [...Buffer.from('{"n":"M\xfcller"}', 'latin1')]],
    ['UTF-16', [...Buffer.from('{"a":1}', 'utf16le')]],
    ['white space alone', [0x20]],
    ['a byte order mark alone', [0xef, 0xbb, 0xbf]],
  ])('with %s is a 400', async (_what, octets) => {
    expect((await bytes(Buffer.from(octets))).statusCode).toBe(400);
  });

  it('that begins with a byte order mark is read without it', async () => {
    expect((await bytes(Buffer.from('\ufeff{"a":1}'))).statusCode).toBe(202);
  });

  it.each(['iso-8859-1', 'utf-16', '"UTF-16"', 'utf-7', 'utf-88', 'us-ascii'])(
    'in the charset %s is a 415',
    async (charset) => {
      expect((await bytes(Buffer.from('{}'), `application/json; charset=${charset}`)).statusCode).toBe(415);
    },
  );

  it.each(['utf-8', 'UTF-8', '"utf-8"', 'utf8'])('in the charset %s is taken', async (charset) => {
    expect((await bytes(Buffer.from('{}'), `application/json;charset=${charset}`)).statusCode).toBe(202);
  });

  it.each([
    ['POST /v1/tasks', '{"name":"a","name":"b","triggers":[],"action":{}}', '/name'],
    ['POST /v1/tasks', '{"name":"a","parameters":{"x":[{"a":1,"\\u0061":2}]}}', '/parameters/x/0/a'],
    ['PUT /v1/settings', '{"weight":1,"weight":2}', '/weight'],
    ['POST /v1/triggers/events/e', '{"id":9007199254740993}', '/id'],
    ['POST /v1/triggers/events/e', '{"id":1e400}', '/id'],
  ])('of %s that is %s is refused at %s', async (line, raw, pointer) => {
    const answer = await world.ask(line, { raw });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ pointer, detail: expect.any(String) }]);
  });

  it('that removes what no task has is refused, and what a task may have is not', async () => {
    const { id } = await world.task();
    const patch = (body: unknown) => world.ask(`PATCH /v1/tasks/${id}`, { body });
    for (const [body, pointer] of [
      [{ descripton: null }, '/descripton'],
      [{ toString: null }, '/toString'],
      [{ retry: { maxAttemps: null } }, '/retry/maxAttemps'],
      [{ action: { durationMS: null } }, '/action/durationMS'],
    ] as const) {
      const answer = await patch(body);
      expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([400, pointer]);
    }
    expect(
      (await patch({ description: null, startAt: null, parameters: { a: null }, secrets: { b: null } })).status,
    ).toBe(200);
    expect((await patch({ action: { headers: null, durationMs: null }, retry: { retryOn: null } })).status).toBe(200);
  });

  it('with more faults than anybody reads gets an answer of bounded size', async () => {
    const strangers = Object.fromEntries([...Array(40_000).keys()].map((n) => [`k${n}`, 0]));
    const answer = await world.ask('POST /v1/tasks', { body: { ...taskBody(), ...strangers } });
    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeLessThan(10_000);
    expect(answer.body.errors.at(-1)).toEqual({ pointer: '', detail: 'has at least 80 more faults' });
  });
});
