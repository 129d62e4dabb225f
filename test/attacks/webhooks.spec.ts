import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { WebhookDeliveryStore } from '../../src/webhooks/ports/webhook-delivery.store.js';
import { MOST_SECRETS } from '../../src/webhooks/schemes/macs.js';
import { WebhookSourceStore } from '../../src/webhooks/ports/webhook-source.store.js';
import { DeliveryLog } from '../../src/webhooks/delivery-log.js';
import { HookWorld, type Source } from '../webhooks/hook-world.js';

const SHARED = 'whsec' + '_';
const WRONG = `${SHARED}${Buffer.alloc(32, 9).toString('base64')}`;
const BODY = '{"type":"attacked"}';
/** How long a source that was looked for is known, and one that was not found, too. */
const KNOWN_MS = 2000;
const NOBODY = '01978c4e-7a00-7000-8000-000000000000';

let world: HookWorld;
beforeAll(async () => {
  world = await HookWorld.start();
});
afterAll(() => world.stop());

/** Counts how often a source is looked for in the store. */
function countingLooks(): () => number {
  const store = world.rest.app.get(WebhookSourceStore, { strict: false });
  const find = store.find.bind(store);
  let looks = 0;
  store.find = (id) => {
    looks++;
    return find(id);
  };
  return () => looks;
}

describe('attacks on a webhook source', () => {
  let source: Source;
  let task: { id: string };
  beforeAll(async () => {
    source = await world.source({ mapping: { headers: ['x-note'] } });
    task = await world.waiting('attacked');
  });

  const signed = (headers: Record<string, string | string[]>) => () => world.send(source, BODY, { headers });
  it.each<[string, () => Promise<{ status: number; body: { type: string } }>, number, string]>([
    ['no signature', () => world.post(source.id, BODY), 401, 'bad-signature'],
    ['a signature of another secret', () => world.send(source, BODY, { secret: WRONG }), 401, 'bad-signature'],
    ['a signature of another body', () => world.send(source, BODY, { signed: '{}' }), 401, 'bad-signature'],
    ['an empty signature', signed({ 'webhook-signature': '' }), 401, 'bad-signature'],
    ['an unknown version', signed({ 'webhook-signature': 'v9,AAAA' }), 401, 'bad-signature'],
    ['a signature that is no base64', signed({ 'webhook-signature': 'v1,***' }), 401, 'bad-signature'],
    ['ten thousand signatures', signed({ 'webhook-signature': 'v1,AAAA '.repeat(1200) }), 401, 'bad-signature'],
    ['two ids', signed({ 'webhook-id': ['a', 'b'] }), 401, 'bad-signature'],
    ['another id', signed({ 'webhook-id': 'other' }), 401, 'bad-signature'],
    ['another time', signed({ 'webhook-timestamp': '1801396801' }), 401, 'bad-signature'],
    ['a time of long ago', () => world.send(source, BODY, { at: 1e12 }), 401, 'stale-signature'],
    ['a time to come', () => world.send(source, BODY, { at: 2e12 }), 401, 'stale-signature'],
    ['no body', () => world.send(source, ''), 400, 'invalid-input'],
    ['no JSON', () => world.send(source, 'x'), 400, 'invalid-input'],
    ['no UTF-8', () => world.send(source, Buffer.from([0x22, 0xc0, 0x80, 0x22])), 400, 'invalid-input'],
    ['a prototype', () => world.send(source, '{"type":"attacked","__proto__":{"a":1}}'), 400, 'invalid-input'],
    ['a constructor', () => world.send(source, '{"constructor":{"prototype":{"a":1}}}'), 400, 'invalid-input'],
    ['deep nesting', () => world.send(source, '['.repeat(50_000)), 400, 'invalid-input'],
    ["a type of the engine's own", () => world.send(source, '{"type":"run.succeeded"}'), 422, 'unmapped-payload'],
    ['a type that is an object', () => world.send(source, '{"type":{"toString":1}}'), 422, 'unmapped-payload'],
    ['no type', () => world.send(source, '{"toString":"x"}'), 422, 'unmapped-payload'],
    ['a compressed body', signed({ 'content-encoding': 'gzip' }), 415, 'unsupported-media-type'],
    ['a body of more than 1 MiB', () => world.send(source, `"${'x'.repeat(1_048_576)}"`), 413, 'body-too-large'],
    ['an unknown source', () => world.post(NOBODY, BODY), 404, 'not-found'],
    ['an id that is none', () => world.post("' OR 1=1 --", BODY), 404, 'not-found'],
  ])('with %s start nothing', async (_, attack, status, code) => {
    const answer = await attack();
    expect([answer.status, answer.body.type]).toEqual([status, `urn:task-runner:problem:${code}`]);
    expect(await world.runsOf(task.id)).toBe(0);
  });

  it('tell the sender nothing of a secret, a signature or a task', async () => {
    const { text, headers } = await world.send(source, BODY, { secret: WRONG });
    expect(headers['www-authenticate']).toBe('Signature realm="scheduled-task-runner"');
    for (const part of [source.secret, WRONG, task.id, 'acme', 'v1,']) expect(text).not.toContain(part);
  });

  it('cost as much for a source that is not there as for a wrong signature, however many secrets it has', async () => {
    const looks = countingLooks();
    const cost = async (attack: () => Promise<unknown>) => {
      const before = [world.macs, looks()] as const;
      await attack();
      return [world.macs - before[0], looks() - before[1]];
    };
    /** For the first time in a while, and once more. */
    const costs = async (attack: () => Promise<unknown>) => {
      await world.rest.clock.advance(KNOWN_MS);
      return [await cost(attack), await cost(attack)];
    };
    const same = [
      [MOST_SECRETS, 1],
      [MOST_SECRETS, 0],
    ];
    const wrong = () => world.send(source, BODY, { secret: WRONG });
    expect(await costs(() => world.post(NOBODY, BODY))).toEqual(same);
    expect(await costs(wrong)).toEqual(same);
    expect(await costs(() => world.post(source.id, BODY))).toEqual(same);
    await world.rest.ask(`PATCH /v1/webhook-sources/${source.id}`, { body: { secret: null } });
    expect(await costs(wrong)).toEqual(same);
  });

  it('find no door behind one that is closed', async () => {
    const closed = await world.source({ event: 'attacked', enabled: false });
    expect((await world.send(closed, BODY)).status).toBe(404);
    expect((await world.send(closed, BODY, { secret: WRONG })).status).toBe(401);
    const reasons = (await world.deliveries(closed)).map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(new Set(['disabled', 'signature']));
    expect(await world.runsOf(task.id)).toBe(0);
  });

  it('cannot put what is asked for into headers that nobody asked for', async () => {
    const open = await world.waiting('noted', { 'data.headers.x-other': { $exists: true } });
    const noted = await world.source({ event: 'noted', mapping: { headers: ['x-note'] } });
    expect((await world.send(noted, BODY, { headers: { 'x-other': '1', 'x-note': '{{secrets.token}}' } })).status).toBe(
      202,
    );
    expect(await world.runsOf(open.id)).toBe(0);
  });
});

describe('a flood', () => {
  it('of refused requests becomes a few records, and takes nothing from the accepted ones', async () => {
    const source = await world.source({ event: 'flooded' });
    const good = await world.send(source, BODY);
    for (let batch = 0; batch < 20; batch++)
      await Promise.all(Array.from({ length: 50 }, () => world.send(source, BODY, { secret: WRONG })));
    const deliveries = await world.deliveries(source);
    const refused = deliveries.filter(({ result }) => result === 'refused');
    expect(refused.length).toBeLessThan(30);
    expect(refused.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
    expect(deliveries.find(({ result }) => result === 'accepted')).toMatchObject({ eventId: good.body.eventId });
  });

  it('over hours stays within what is kept of a source', async () => {
    const { id } = await world.source({ event: 'flooded' });
    const log = world.rest.app.get(DeliveryLog, { strict: false });
    const place = { organization: 'acme', source: id, messageId: null, eventId: null, eventType: null, replayOf: null };
    for (let minute = 0; minute < 40; minute++) {
      for (let n = 0; n < 100; n++)
        log.note({
          ...place,
          result: 'refused',
          reason: 'signature',
          detail: null,
          status: 401,
          size: 1,
          address: null,
          request: null,
        });
      await log.settled();
    }
    const kept = await world.rest.app
      .get(WebhookDeliveryStore, { strict: false })
      .list({ organization: 'acme', source: id }, { limit: 10_000 });
    expect(kept.length).toBeLessThan(260);
  });

  it('from one network is held off from one source, and from no other sender or source', async () => {
    const limited = await HookWorld.start({ rates: { requestsPerMinute: 20, failuresPerMinute: 10 } });
    try {
      const source = await limited.source({ event: 'limited' });
      const other = await limited.source({ event: 'limited' });
      await limited.send(source, BODY);
      for (let n = 0; n < 10; n++) expect((await limited.send(source, BODY, { secret: WRONG })).status).toBe(401);
      const held = await limited.send(source, BODY);
      expect(held.status).toBe(429);
      expect(Number(held.headers['retry-after'])).toBeGreaterThan(0);
      expect((await limited.send(other, BODY)).status).toBe(202);
      expect((await limited.send(source, BODY, { address: '198.51.100.7' })).status).toBe(202);
      for (let n = 0; n < 12; n++) await limited.post(NOBODY, BODY);
      expect((await limited.post(NOBODY, BODY)).status).toBe(429);
      expect((await limited.send(other, BODY)).status).toBe(202);
      await limited.rest.clock.advance(60_000);
      const many = await Promise.all(Array.from({ length: 25 }, () => limited.send(source, BODY)));
      expect(many.filter(({ status }) => status === 202)).toHaveLength(20);
      expect(many.filter(({ status }) => status === 429)).toHaveLength(5);
    } finally {
      await limited.stop();
    }
  });

  it('of random names asks the store for none that cannot be one', async () => {
    const looks = countingLooks();
    for (let n = 0; n < 100; n++) expect((await world.post(`guess-${n}`, BODY)).status).toBe(404);
    expect(looks()).toBe(0);
  });
});

describe('a duplicated signature header on the wire', () => {
  it('is refused, whichever of the two is right', async () => {
    const source = await world.source({ event: 'attacked' });
    await world.rest.app.listen(0, '127.0.0.1');
    const { port } = world.rest.app.getHttpServer().address() as { port: number };
    const { schemeOf } = await import('../../src/webhooks/schemes/schemes.js');
    const headers = schemeOf(source.scheme).sign(source.secret, Buffer.from(BODY), {
      id: 'm',
      now: world.rest.clock.now(),
    })!;
    const right = headers['webhook-signature']!;
    const status = (values: string[]) =>
      new Promise((resolve, reject) => {
        const asked = request(
          {
            port,
            method: 'POST',
            path: `/v1/hooks/${source.id}`,
            headers: { ...headers, 'content-type': 'application/json', 'webhook-signature': values },
          },
          (answer) => resolve(answer.resume().statusCode),
        );
        asked.once('error', reject);
        asked.end(BODY);
      });
    expect(await status([right, 'v1,AAAA'])).toBe(401);
    expect(await status(['v1,AAAA', right])).toBe(401);
    expect(await status([right])).toBe(202);
  });
});
