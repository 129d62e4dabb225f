import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createClient } from '@redis/client';
import { readSchedulers, TOO_LARGE, type StoredScheduler } from '../../src/importers/bullmq/job-schedulers.js';
import { schedulersIn } from '../../src/importers/bullmq/redis-source.js';
import { checkedReading } from '../../src/importers/checked.js';

/** What versions of BullMQ wrote: the sorted set of a queue, and the hashes of its schedulers and jobs. */
const WRITTEN = JSON.parse(readFileSync(`${import.meta.dirname}/fixtures/bullmq.json`, 'utf8')) as Record<
  string,
  { mail: { zset: string[]; hashes: Record<string, Record<string, string>> } }
>;
const NOW = Date.parse('2026-12-01T00:00:00Z');
const OPTIONS = { timeZone: 'Europe/Paris' };

const SCHEDULERS = ['limited', 'nightly', 'offset', 'poll'];

function checkSchedulers(stored: StoredScheduler[]) {
  const { tasks, leftOut } = readSchedulers(stored, OPTIONS, NOW);
  expect(leftOut).toEqual([]);
  const found = new Map(tasks.map((task) => [task.key.split('\n')[1]!, task]));
  expect([...found.keys()]).toEqual(expect.arrayContaining(SCHEDULERS));
  expect(found.get('nightly')!.input).toMatchObject({
    name: 'digest (nightly)',
    queue: 'mail',
    triggers: [{ expression: '30 2 * * *', timeZone: 'Europe/Berlin', dst: { gap: 'shift', fold: 'first' } }],
    action: { type: 'handler', name: 'digest' },
    parameters: { pages: 12 },
    retry: { maxAttempts: 4, backoff: 'exponential', baseDelayMs: 2000 },
  });
  expect(found.get('nightly')!.differences).toEqual([
    expect.stringContaining('priority of 3'),
    expect.stringContaining('removeOnComplete'),
  ]);
  expect(found.get('limited')!.input).toMatchObject({
    triggers: [{ expression: '0,10,20,30,40,50 * * * *', timeZone: 'Europe/Paris' }],
    maxRuns: 5,
    startAt: '2027-01-01T00:00:00.000Z',
    endAt: '2099-02-01T00:00:00.001Z',
  });
  const next = (id: string) => new Date(stored.find((each) => each.id === id)!.next).toISOString();
  expect(found.get('poll')!.input.triggers).toEqual([{ type: 'interval', everyMs: 45_000, anchorAt: next('poll') }]);
  expect(found.get('offset')!.input.triggers).toEqual([
    { type: 'interval', everyMs: 60_000, anchorAt: next('offset') },
  ]);
  expect(found.get('offset')!.input.parameters).toEqual({ data: [1, 2] });
  expect(checkedReading({ tasks, leftOut, remarks: [] }, 'bullmq', '', NOW).leftOut).toEqual([]);
}

function checkRepeatables(stored: StoredScheduler[], isPaused: boolean) {
  const { tasks } = readSchedulers(stored, OPTIONS, NOW);
  const legacy = tasks.find(({ input }) => input.name.startsWith('legacy'));
  expect(legacy?.input).toMatchObject({
    triggers: [{ expression: '0 9 * * 1,2,3,4,5', timeZone: 'Asia/Tokyo' }],
    parameters: { a: 1 },
    retry: { maxAttempts: 2 },
  });
  const every = tasks.find(({ input }) => input.name.startsWith('every'));
  expect(every?.input).toMatchObject({ triggers: [{ type: 'interval', everyMs: 90_000 }], maxRuns: 7 });
  expect(legacy?.pausedFor).toBe(isPaused ? 'its queue was paused in BullMQ' : undefined);
}

const servers = process.env['REDIS_URL'] === undefined ? describe.skip : describe;
servers('what BullMQ keeps in Redis', () => {
  const client = createClient({ url: process.env['REDIS_URL']! });
  const prefix = `importing-${randomBytes(6).toString('hex')}`;

  afterAll(async () => {
    for await (const keys of client.scanIterator({ MATCH: `${prefix}*` })) if (keys.length > 0) await client.del(keys);
    await client.close();
  });

  const stored = async (version: string, queues: string[] = []) => {
    if (!client.isOpen) await client.connect();
    const { zset, hashes } = WRITTEN[version]!.mail;
    const own = `${prefix}[${version}]`;
    for (let at = 0; at < zset.length; at += 2) {
      await client.zAdd(`${own}:mail:repeat`, { value: zset[at]!, score: Number(zset[at + 1]) });
    }
    for (const [key, hash] of Object.entries(hashes)) await client.hSet(`${own}:${key}`, hash);
    return schedulersIn({ url: process.env['REDIS_URL']!, prefix: own, queues });
  };

  it.each(['6.2.0', '5.81.3'])('is read as version %s writes it', async (version) => {
    checkSchedulers(await stored(version));
  });

  it.each([
    ['5.81.3', false],
    ['3.16.2', true],
    ['2.4.0', true],
  ])('is read as version %s wrote repeatable jobs', async (version, isPaused) => {
    checkRepeatables(await stored(version, ['mail']), isPaused);
  });

  it('is left as it is, and what is too large is not fetched', async () => {
    const key = `${prefix}:big:repeat`;
    await client.zAdd(key, { value: 'big', score: NOW });
    await client.hSet(`${key}:big`, { name: 'big', every: '1000', data: `"${'x'.repeat(2_000_000)}"` });
    await client.set(`${key}:odd`, 'no hash');
    await client.zAdd(key, { value: 'odd', score: NOW });
    const found = await schedulersIn({ url: process.env['REDIS_URL']!, prefix, queues: [] });
    expect(found.find(({ id }) => id === 'big')!.scheduler['data']).toBe(TOO_LARGE);
    const reading = readSchedulers(found, OPTIONS, NOW);
    expect(reading.leftOut.map(({ reason }) => reason).toSorted()).toEqual([
      'has more data than a task may have',
      'has no record of what it is',
    ]);
    expect(await client.zCard(key)).toBe(2);
  });
});

describe('a scheduler', () => {
  const one = (scheduler: Record<string, string>, job: Record<string, string> = {}) =>
    readSchedulers([{ queue: 'q', id: 's', next: NOW, isPaused: false, scheduler, job }], OPTIONS, NOW);

  it.each([
    [{ name: 'x' }, 'neither a pattern nor an interval'],
    [{ name: 'x', pattern: 'soon' }, 'has "soon" in its day of week'],
    [{ name: 'x', pattern: '1 2 3 4 5 6 7' }, 'does not read'],
    [{ name: 'x', every: '1000', data: '{' }, 'no JSON'],
    [{ name: 'x', every: '1000', data: '['.repeat(500) + ']'.repeat(500) }, 'too deeply'],
    [{ name: 'x', every: '1000', endDate: '1000' }, 'ended at 1970'],
    [{ name: 'x', every: '1000', limit: '3', ic: '9' }, 'has had all'],
    [{}, 'no record'],
  ])('%j is left out', (scheduler, reason) => {
    const { tasks, leftOut } = one(scheduler);
    expect([tasks, leftOut[0]?.reason]).toEqual([[], expect.stringContaining(reason)]);
  });

  it('of an interval with an offset keeps the instant of its next job', () => {
    const timestamp = String(NOW - 500);
    const { tasks } = one({ name: 'x', every: '60000' }, { timestamp, delay: '30500', data: '{}', opts: '{}' });
    expect(tasks[0]!.input.triggers[0]).toMatchObject({ anchorAt: '2026-12-01T00:00:30.000Z' });
  });
});
