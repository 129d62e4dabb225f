import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess } from '../e2e/service-process.js';
import { atOnce, Stormer, type StormAnswer } from './storms.js';

/** The heap of the process, as in a small container; the other options are those of `npm start`. */
const NODE_OPTIONS = '--max-old-space-size=400 --max-semi-space-size=64 --expose-gc';
const TASKS = 40;
const MEGABYTE = 'x'.repeat(1_000_000);
/** Nothing listens there. */
const FAILING = { type: 'http', url: 'http://127.0.0.1:9/' };
const EVERY_SECOND = { type: 'interval', everyMs: 1000 };

interface RunItem {
  startedAt: string | null;
}

describeOnEachStore('with 400 MB of heap the service', (open) => {
  let store: TemporaryStore;
  let service: ServiceProcess;
  let hog: Stormer;
  let watched: string;
  const ids: string[] = [];

  beforeAll(async () => {
    store = await open();
    await start();
    // Overlap is allowed, so that a run that had begun when the process was killed does not block later ones.
    const body = { name: 'quiet', triggers: [EVERY_SECOND], action: { type: 'noop' }, overlap: 'allow' };
    watched = (await service.call<{ id: string }>('POST', '/v1/tasks', body, 'quiet')).body.id;
  });
  afterAll(async () => {
    await service.killHard();
    await store.drop();
  });

  async function start(): Promise<void> {
    service = await ServiceProcess.start(store.url, { NODE_OPTIONS, LOG_LEVEL: 'fatal', HTTP_ALLOW: '127.0.0.1' });
    hog = new Stormer(service.url, 'hog');
  }

  /** The instants (epoch ms) of the latest starts of the other organization's task. */
  async function starts(): Promise<number[]> {
    const path = `/v1/runs?taskId=${watched}&limit=200`;
    const { body } = await service.call<{ items: RunItem[] }>('GET', path, undefined, 'quiet');
    return body.items.flatMap(({ startedAt }) => (startedAt === null ? [] : [Date.parse(startedAt)]));
  }

  /**
   * How the storm was answered, by status. The service must survive it, and go on to start the other organization's task,
   * though late on a busy machine.
   */
  async function weather(storm: (tell: (answer: StormAnswer) => void) => Promise<void>): Promise<Map<number, number>> {
    const statuses = new Map<number, number>();
    const begun = Date.now();
    await storm(({ status, retryAfter }) => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 503) expect(retryAfter).toBeDefined();
    });
    const seconds = Math.floor((Date.now() - begun) / 1000);
    const within = (await starts()).filter((at) => at >= begun).length;
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8'))![1]) / 1024;
    const told = JSON.stringify(Object.fromEntries(statuses));
    process.stdout.write(
      `${expect.getState().currentTestName}: ${seconds} s, ${within} starts, ${rss.toFixed(0)} MB, ${told}\n`,
    );
    expect(within).toBeGreaterThanOrEqual(Math.floor(seconds * 0.3) - 1);
    return statuses;
  }

  const changeCalendar = async (year: number, tell: (answer: StormAnswer) => void) =>
    tell(await hog.send('PUT /v1/settings', JSON.stringify({ calendars: { days: { dates: [`${year}-01-01`] } } })));

  const task = (fields: object = {}) =>
    JSON.stringify({
      name: 'large',
      triggers: [
        { type: 'interval', everyMs: 2000 },
        { type: 'event', event: 'boom' },
      ],
      action: { type: 'noop' },
      overlap: 'allow',
      parameters: { text: MEGABYTE },
      ...fields,
    });

  it('outlives bodies that never end', async () => {
    const statuses = await weather(async (tell) => {
      const sent = Array.from({ length: 300 }, () => {
        const begun = hog.begin('POST /v1/tasks', { 'content-length': '1048576' }, tell);
        begun.write(MEGABYTE);
        return begun;
      });
      await new Promise((resolve) => setTimeout(resolve, 2000));
      for (const each of sent) each.destroy();
    });
    expect(statuses.get(500)).toBeUndefined();
  }, 30_000);

  it('outlives bodies of many values', async () => {
    const list = `[${'0,'.repeat(500_000)}0]`;
    const objects = `{"list":[${'{},'.repeat(330_000)}{}]}`;
    const statuses = await weather((tell) =>
      atOnce(40, 40, async (index) =>
        tell(await hog.send('POST /v1/triggers/events/none', index % 2 ? list : objects)),
      ),
    );
    expect([...statuses.keys()].filter((status) => ![202, 400, 503].includes(status))).toEqual([]);
  }, 30_000);

  it('outlives tasks of a megabyte that are due all the time', async () => {
    const statuses = await weather((tell) =>
      atOnce(TASKS, 12, async () => {
        const answer = await hog.send('POST /v1/tasks', task());
        tell(answer);
        if (answer.status === 201) ids.push((JSON.parse(answer.text) as { id: string }).id);
      }),
    );
    expect(statuses.get(201)).toBeGreaterThan(TASKS / 2);
  }, 90_000);

  it('outlives readers of all of them', async () => {
    const lines = ['GET /v1/tasks?limit=100', 'GET /v1/stats', 'GET /v1/runs?limit=200', 'GET /v1/audit?limit=200'];
    const statuses = await weather((tell) =>
      atOnce(20, 10, async (index) =>
        tell(await hog.send(index % 5 === 4 ? `GET /v1/forecast?hours=${1 + (index % 24)}` : lines[index % 5]!)),
      ),
    );
    expect([...statuses.keys()].filter((status) => ![200, 503].includes(status))).toEqual([]);
  }, 90_000);

  it('outlives exports that nobody reads', async () => {
    const statuses = await weather(async (tell) => {
      const sent = Array.from({ length: 40 }, () => {
        const begun = hog.begin('GET /v1/audit', { accept: 'application/x-ndjson' }, tell);
        begun.on('response', (response) => response.statusCode === 200 && response.pause());
        begun.end();
        return begun;
      });
      await new Promise((resolve) => setTimeout(resolve, 2000));
      for (const each of sent) each.destroy();
    });
    expect(statuses.get(503)).toBeGreaterThanOrEqual(30);
  }, 30_000);

  it('outlives changes of a megabyte, and of the calendar of many tasks', async () => {
    const statuses = await weather(async (tell) => {
      const other = JSON.stringify({ parameters: { text: 'y'.repeat(1_000_000) } });
      await atOnce(24, 12, async (index) => tell(await hog.send(`PATCH /v1/tasks/${ids[index % ids.length]}`, other)));
      await changeCalendar(2040, tell);
      const daily = { triggers: [{ type: 'cron', expression: '0 0 * * *', timeZone: 'UTC' }], calendars: ['days'] };
      const tasks = Array.from({ length: 500 }, () => ({ name: 'small', action: { type: 'noop' }, ...daily }));
      tell(await hog.send('POST /v1/tasks/batch', JSON.stringify({ tasks })));
      for (let n = 0; n < 4; n++)
        tell(await hog.send('POST /v1/tasks', task({ ...daily, parameters: { text: MEGABYTE } })));
      await changeCalendar(2041, tell);
    });
    expect([...statuses.keys()].filter((status) => ![200, 201, 409, 503].includes(status))).toEqual([]);
  }, 90_000);

  it('outlives large events that start all of them', async () => {
    const statuses = await weather((tell) =>
      atOnce(6, 6, async () =>
        tell(await hog.send('POST /v1/triggers/events/boom', JSON.stringify({ text: MEGABYTE.slice(0, 500_000) }))),
      ),
    );
    expect([...statuses.keys()].filter((status) => ![202, 503].includes(status))).toEqual([]);
  }, 150_000);

  it.each([
    ['one another', { overlap: 'queue', action: { type: 'noop', durationMs: 3_000_000 }, timeoutMs: 3_600_000 }],
    ['their retry', { action: FAILING, retry: { maxAttempts: 3, baseDelayMs: 3_000_000, maxDelayMs: 3_000_000 } }],
  ])(
    'outlives large events whose runs wait for %s',
    async (_, fields) => {
      const event = `wait-${fields.action.type}`;
      const fresh = task({ triggers: [{ type: 'event', event }], parameters: {}, ...fields });
      await hog.send('POST /v1/tasks', fresh);
      const data = JSON.stringify({ text: MEGABYTE.slice(0, 900_000) });
      const statuses = await weather((tell) =>
        atOnce(600, 4, async () => tell(await hog.send(`POST /v1/triggers/events/${event}`, data))),
      );
      expect([...statuses.keys()].filter((status) => ![202, 503].includes(status))).toEqual([]);
      expect(statuses.get(202)).toBeGreaterThan(500);
    },
    150_000,
  );

  it('outlives readers of the runs that wait', async () => {
    const paths = ['/v1/runs?limit=200', '/v1/runs?state=pending&limit=200', '/v1/runs?state=retrying&limit=200'];
    const statuses = await weather((tell) =>
      atOnce(30, 10, async (index) => tell(await hog.send(`GET ${paths[index % paths.length]}`))),
    );
    expect([...statuses.keys()].filter((status) => ![200, 503].includes(status))).toEqual([]);
  }, 90_000);

  it('starts again over what they left', async () => {
    await service.killHard();
    await start();
    await weather(async (tell) => {
      // Longer than the locks of the former process live: then its runs are taken over.
      for (let seconds = 0; seconds < 15; seconds++) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        tell(await hog.send('GET /v1/tasks?limit=1'));
      }
    });
  }, 90_000);
});
