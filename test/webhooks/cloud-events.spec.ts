import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CloudEvent, HTTP } from 'cloudevents';
import { EventStore } from '../../src/events/event.store.js';
import { RestWorld, type Ask } from '../rest/rest-world.js';

let world: RestWorld;
beforeAll(async () => {
  world = await RestWorld.start();
});
afterAll(() => world.stop());

const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json' };
const event = (changes: object = {}) => ({
  specversion: '1.0',
  id: 'e-1',
  source: '/builds',
  type: 'com.acme.built',
  ...changes,
});

const send = async (raw: string, headers: Record<string, string>, ask: Ask = {}) => {
  const answer = await world.ask('POST /v1/events', { as: 'operator', raw, headers, ...ask });
  const { events = [] } = answer.body as unknown as { events?: { eventId: string; runs: string[] }[] };
  return { ...answer, events };
};
const structured = (value: unknown, ask: Ask = {}) => send(JSON.stringify(value), STRUCTURED, ask);
const batch = (value: unknown, ask: Ask = {}) => send(JSON.stringify(value), BATCH, ask);
const binary = (headers: Record<string, string>, body = '{}', type = 'application/json') =>
  send(body, {
    'ce-specversion': '1.0',
    'ce-id': 'b-1',
    'ce-source': '/builds',
    'ce-type': 'com.acme.built',
    'content-type': type,
    ...headers,
  });
/** What is stored of an event that nothing is known of yet. */
const dataOf = async (eventId: string, organization = 'acme') => {
  const store = world.app.get(EventStore, { strict: false });
  const [known] = await store.insert([
    { organization, id: eventId, type: 'x', data: null, receivedAt: 0, dispatched: false },
  ]);
  return known;
};

describe('a CloudEvent', () => {
  it('starts what waits for its type, once for its source and id', async () => {
    const task = await world.task({
      triggers: [{ type: 'event', event: 'com.acme.built', filter: { 'data.ok': true } }],
    });
    const first = await structured(event({ data: { ok: true }, time: '2027-01-31T12:00:00Z', subject: 's', myext: 7 }));
    expect(first.status).toBe(202);
    expect(first.events[0]!.runs).toHaveLength(1);
    const again = await binary({ 'ce-id': 'e-1' }, '{"ok":true}');
    expect(again.events).toEqual(first.events);
    expect(await dataOf(first.events[0]!.eventId)).toMatchObject({ source: '/builds', data: { ok: true } });
    const other = await structured(event({ source: '/others', data: { ok: true } }));
    expect(other.events[0]!.eventId).not.toBe(first.events[0]!.eventId);
    expect((await world.ask(`GET /v1/runs?taskId=${task.id}`)).body.items).toHaveLength(2);
  });

  it('is what the SDK of CloudEvents sends, in both modes', async () => {
    const data = { text: 'Euro € 😀', list: [1, null] };
    for (const [id, form] of [
      ['sdk-1', 'structured'],
      ['sdk-2', 'binary'],
    ] as const) {
      const message = HTTP[form](
        new CloudEvent({ id, source: 'urn:acme:1', type: 'com.acme.sdk', subject: 'Euro € 😀', data }),
      );
      const headers = Object.fromEntries(
        Object.entries(message.headers).map(([name, value]) => [
          name,
          name.startsWith('ce-') ? encoded(String(value)) : String(value),
        ]),
      );
      const { status, events } = await send(String(message.body), headers);
      expect([form, status]).toEqual([form, 202]);
      expect(await dataOf(events[0]!.eventId)).toMatchObject({ type: 'com.acme.sdk', data, source: 'urn:acme:1' });
    }
  });

  it.each<[string, string, string, unknown]>([
    ['text/plain', 'plain', 'text', 'plain'],
    ['application/xml', '<a/>', 'xml', '<a/>'],
    ['application/octet-stream', '\u0001\u0002', 'bytes', 'AQI='],
    ['application/vnd.acme+json; charset=utf-8', '[1]', 'json', [1]],
  ])('in binary mode has data of the type %s', async (type, body, id, data) => {
    const { status, events } = await binary({ 'ce-id': id }, body, type);
    expect(status).toBe(202);
    expect((await dataOf(events[0]!.eventId))?.data).toEqual(data);
  });

  it('has header values percent-encoded or in quotes', async () => {
    const { status, events } = await binary({ 'ce-id': '"a \\"b\\" Euro%20%E2%82%AC%20%F0%9F%98%80"' });
    expect(status).toBe(202);
    const same = await structured(event({ id: 'a "b" Euro € 😀', data: {} }));
    expect(same.events[0]!.eventId).toBe(events[0]!.eventId);
    for (const id of ['%C0%A0', '%E2%82', '%', '%zz', '%ED%A0%80'])
      expect((await binary({ 'ce-id': id })).body.errors).toEqual([
        { parameter: 'ce-id', detail: 'is not percent-encoded UTF-8' },
      ]);
  });

  it('has data in base64 instead', async () => {
    const bytes = Buffer.from('{"a":1}').toString('base64');
    const { events } = await structured(event({ id: 'b64', data_base64: bytes }));
    expect((await dataOf(events[0]!.eventId))?.data).toEqual({ a: 1 });
    const opaque = await structured(event({ id: 'b65', data_base64: 'AQI=', datacontenttype: 'image/png' }));
    expect((await dataOf(opaque.events[0]!.eventId))?.data).toBe('AQI=');
  });

  it.each<[string, object, string]>([
    ['another version', { specversion: '0.3' }, '/specversion'],
    ['no id', { id: undefined }, '/id'],
    ['an empty source', { source: '' }, '/source'],
    ['a source with a space', { source: '/a b' }, '/source'],
    ['a type with a space', { type: 'a b' }, '/type'],
    ["a type of the engine's own", { type: 'run.succeeded' }, '/type'],
    ["another type of the engine's own", { type: 'task.changed' }, '/type'],
    ['a time that is none', { time: 'yesterday' }, '/time'],
    ['a name in capitals', { myExt: 'x' }, '/myExt'],
    ['an object as an attribute', { ext: {} }, '/ext'],
    ['an inherited name as an id', { id: 7, constructor: 'x' }, '/id'],
    ['data twice', { data: 1, data_base64: 'AQI=' }, '/data_base64'],
    ['data that is no base64', { data_base64: '***' }, '/data_base64'],
  ])('cannot have %s', async (_, changes, pointer) => {
    const { status, body } = await structured(event({ id: `wrong ${pointer}`, ...changes }));
    expect(status).toBe(400);
    expect(body.errors.map((fault) => fault.pointer)).toContain(pointer);
  });

  it('cannot have a header twice, or ce-datacontenttype', async () => {
    expect((await binary({ 'ce-datacontenttype': 'text/plain' })).body.errors).toMatchObject([
      { parameter: 'ce-datacontenttype' },
    ]);
    expect((await binary({ 'ce-type': 'run.failed' })).body.errors).toMatchObject([{ parameter: 'ce-type' }]);
    const { 'ce-id': _, ...rest } = { 'ce-id': '', 'ce-specversion': '1.0', 'ce-source': '/s', 'ce-type': 't' };
    expect((await send('{}', { ...rest, 'content-type': 'application/json' })).body.errors).toMatchObject([
      { parameter: 'ce-id' },
    ]);
  });

  it('is neither XML nor plain JSON', async () => {
    expect((await send('<event/>', { 'content-type': 'application/cloudevents+xml' })).status).toBe(415);
    expect(await send('{}', { 'content-type': 'application/json' })).toMatchObject({
      status: 400,
      body: { errors: expect.arrayContaining([expect.objectContaining({ parameter: 'ce-id' })]) },
    });
    expect((await structured('{')).status).toBe(400);
  });

  it('is taken in by operators, and the event route refuses the types of the engine, too', async () => {
    expect((await structured(event(), { as: 'viewer' })).status).toBe(403);
    const { status, body } = await world.ask('POST /v1/triggers/events/run.succeeded', { body: {} });
    expect([status, body.errors[0]!.parameter]).toEqual([400, 'type']);
  });
});

describe('a batch of CloudEvents', () => {
  it('comes in as a whole', async () => {
    const task = await world.task({ triggers: [{ type: 'event', event: 'batched' }] });
    const { status, events } = await batch([1, 2, 3].map((n) => event({ id: `batch-${n}`, type: 'batched' })));
    expect(status).toBe(202);
    expect(events.map(({ runs }) => runs.length)).toEqual([1, 1, 1]);
    expect((await world.ask(`GET /v1/runs?taskId=${task.id}`)).body.items).toHaveLength(3);
    expect((await batch([])).events).toEqual([]);
  });

  it('comes in not at all when one of its events is wrong, which the pointer names', async () => {
    const good = event({ id: 'not-stored', type: 'unbatched' });
    const { status, body } = await batch([
      good,
      event({ type: 'run.failed' }),
      'x',
      event({ data: 1, data_base64: 'AA==' }),
    ]);
    expect(status).toBe(400);
    expect(body.errors.map(({ pointer }) => pointer)).toEqual(['/1/type', '/2', '/3/data_base64']);
    const task = await world.task({ triggers: [{ type: 'event', event: 'unbatched' }] });
    expect((await batch([good])).events[0]!.runs).toHaveLength(1);
    expect((await world.ask(`GET /v1/runs?taskId=${task.id}`)).body.items).toHaveLength(1);
  });

  it('is a list, and not endless', async () => {
    expect((await batch({})).status).toBe(400);
    expect((await batch(Array.from({ length: 1001 }, () => 1))).status).toBe(400);
  });
});

/** As the binding for HTTP has it; the SDK leaves this to its transport. */
const encoded = (value: string): string =>
  value.replace(/[^\x21\x23\x24\x26-\x7e]/gu, (each) => encodeURIComponent(each));
