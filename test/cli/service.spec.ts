import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { ServiceProcess, tokenFor } from '../e2e/service-process.js';
import { callHere, type Terms } from './cli-call.js';

interface Item {
  id: string;
  name: string;
  state: string;
  retryOf?: string;
}

/** A name that would clear the screen, ring and turn what follows round. */
const HOSTILE = 'harmless\u001b[2J\u0007\u009b31m\u202eevil';
/** All of what a terminal would obey. */
const OBEYED = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

describeOnEachStore('commands that ask a service', (open) => {
  let store: TemporaryStore;
  let service: ServiceProcess;
  let regular: Item;
  let hostile: Item;

  const envAs = (...roles: string[]) => ({
    TASK_RUNNER_URL: service.url,
    TASK_RUNNER_TOKEN: tokenFor('default', roles),
  });
  const call = (words: string, terms: Terms = {}) => {
    const args = words.split(' ').map((word) => word.replaceAll('_', ' '));
    return callHere(args, { ...terms, env: { ...envAs('admin'), ...terms.env } });
  };
  /** The table and the JSON of a command that succeeds. */
  const both = async <Result>(words: string): Promise<{ text: string; json: Result }> => {
    const [text, json] = [await call(words), await call(`${words} --output json`)];
    expect([text.code, text.err, json.code, json.err]).toEqual([0, '', 0, '']);
    expect(text.out + json.out).not.toMatch(OBEYED);
    return { text: text.out, json: JSON.parse(json.out) as Result };
  };
  const create = async (body: object) => {
    const { status, body: task } = await service.call<Item>('POST', '/v1/tasks', body);
    expect(status).toBe(201);
    return task;
  };

  beforeAll(async () => {
    store = await open();
    service = await ServiceProcess.start(store.url);
    const triggers = [{ type: 'cron', expression: '0 3 * * *', timeZone: 'Europe/Berlin' }];
    regular = await create({ name: 'regular', triggers, action: { type: 'noop' }, tags: ['nightly'] });
    hostile = await create({
      name: HOSTILE,
      triggers: [{ type: 'manual' }],
      action: { type: 'noop' },
      tags: [HOSTILE],
    });
  });
  afterAll(async () => {
    await service.killHard();
    await store.drop();
  });

  it('task list and get show tasks, and nothing that a terminal obeys', async () => {
    const { text, json } = await both<Item[]>('task list');
    expect(json.map(({ name }) => name)).toEqual([HOSTILE, 'regular']);
    expect(text).toContain(`${regular.id}  regular`);
    expect(text).toContain('harmless\u{fffd}[2J');
    const tagged = await both<Item[]>('task list --tag nightly');
    expect(tagged.json.map(({ id }) => id)).toEqual([regular.id]);
    const first = await call('task list --limit 1');
    expect([first.code, first.out.split('\n').length, first.err]).toEqual([
      0,
      3,
      'There are more; --limit shows more than 1.\n',
    ]);
    const one = await both<Item>(`task get ${hostile.id}`);
    expect(one.json.name).toBe(HOSTILE);
    expect(one.text).toContain('name:');
  });

  it('task pause and resume change one, or all that a filter names', async () => {
    const paused = await call(`task pause ${regular.id} --reason tests --output json`);
    expect([paused.code, JSON.parse(paused.out)]).toMatchObject([0, [{ state: 'paused', pausedReason: 'tests' }]]);
    expect((await call(`task resume ${regular.id}`)).out).toContain('active');
    expect((await call('task pause --tag nightly --dry-run')).out).toBe('1 task would be paused; none was.\n');
    expect((await call('task pause --tag nightly')).out).toBe('1 task paused.\n');
    expect((await call('task resume --all')).out).toBe('1 task resumed.\n');
    expect(await call('task pause')).toMatchObject({ code: 2, out: '' });
    expect(await call(`task pause ${regular.id} --all`)).toMatchObject({ code: 2, out: '' });
  });

  it('task pause and resume go on behind a task that they cannot change', async () => {
    const [none, third] = ['018f0000-0000-7000-8000-000000000000', hostile.id];
    const paused = await call(`task pause ${regular.id} ${none} ${third} --output json`);
    expect([paused.code, (JSON.parse(paused.out) as Item[]).map(({ id, state }) => [id, state])]).toEqual([
      3,
      [
        [regular.id, 'paused'],
        [third, 'paused'],
      ],
    ]);
    expect(paused.err).toMatch(new RegExp(`^${none}: .+\n$`));
    expect(await call(`task resume ${regular.id} ${third}`)).toMatchObject({ code: 0, err: '' });
    expect(await call(`task pause ${none}`)).toMatchObject({ code: 1, out: '' });
    expect(await call(`task pause ${regular.id} --until 2h`)).toMatchObject({ code: 2, out: '' });
  });

  it('task run waits for the end; run list, get and logs show it', async () => {
    const ran = await call(`task run ${regular.id} --wait --output json`);
    const run = JSON.parse(ran.out) as Item;
    expect([ran.code, run.state]).toEqual([0, 'succeeded']);
    const runs = await both<Item[]>(`run list --task ${regular.id} --state succeeded --from 1h`);
    expect(runs.json.map(({ id }) => id)).toEqual([run.id]);
    expect((await both<Item>(`run get ${run.id}`)).text).toContain('succeeded');
    const logs = await both<{ message: string }[]>(`run logs ${run.id}`);
    expect(logs.json[0]!.message).toMatch(/^Attempt 1 started/);
    expect(logs.text).toContain('#1 Attempt 1 started');
    const followed = await call(`run logs -f ${run.id}`);
    expect(followed).toEqual({ code: 0, out: logs.text, err: 'The run ended: succeeded.\n' });
    const lines = (await call(`run logs -f ${run.id} --output json`)).out.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(logs.json);
    const last = logs.json.slice(-1);
    expect(last).not.toEqual(logs.json);
    for (const command of [`run logs --tail 1 ${run.id}`, `run logs -f --tail 1 ${run.id}`]) {
      const { out } = await call(`${command} --output json`);
      expect([JSON.parse(out)].flat()).toEqual(last);
    }
  });

  it('run logs -f shows a log as it comes', async () => {
    const { id } = await create({
      name: 'slow',
      triggers: [{ type: 'manual' }],
      action: { type: 'noop', durationMs: 1500 },
    });
    const run = JSON.parse((await call(`task run ${id} --output json`)).out) as Item;
    expect(run.state).not.toBe('succeeded');
    const followed = await call(`run logs -f ${run.id}`);
    expect([followed.code, followed.err]).toEqual([0, 'The run ended: succeeded.\n']);
    expect(followed.out).toContain('Attempt 1 started');
  });

  it('task run --wait fails with the run, and run retry and cancel act on runs', async () => {
    const failing = await create({
      name: 'failing',
      triggers: [{ type: 'manual' }],
      action: { type: 'http', method: 'GET', url: 'http://127.0.0.1:9/' },
      retry: { maxAttempts: 1 },
    });
    const ran = await call(`task run ${failing.id} --wait --output json`);
    const run = JSON.parse(ran.out) as Item;
    expect([ran.code, run.state]).toEqual([1, 'failed']);
    const again = await call(`run retry ${run.id} --output json`);
    expect([again.code, (JSON.parse(again.out) as Item).retryOf]).toEqual([0, run.id]);
    const many = await call(`run retry --task ${failing.id} --dry-run`);
    expect([many.code, many.out]).toEqual([
      0,
      expect.stringMatching(/^\d failed runs? would be driven again; nothing was started\./),
    ]);
    expect(await call('run retry')).toMatchObject({ code: 2, out: '' });
    const slow = await create({
      name: 'long',
      triggers: [{ type: 'manual' }],
      action: { type: 'noop', durationMs: 60_000 },
    });
    const long = JSON.parse((await call(`task run ${slow.id} --output json`)).out) as Item;
    expect(await call(`run cancel ${long.id}`)).toMatchObject({ code: 0, err: '' });
    expect((await service.call<Item>('GET', `/v1/runs/${long.id}`)).body.state).toMatch(/cancelled|running/);
  });

  it('task backfill counts, and starts', async () => {
    const range = '--from 2d --to 1m';
    const counted = await call(`task backfill ${regular.id} ${range} --dry-run`);
    expect([counted.code, counted.out]).toEqual([0, '2 runs would start; nothing was started.\n']);
    const done = await call(`task backfill ${regular.id} ${range} --output json`);
    expect([done.code, (JSON.parse(done.out) as { count: number }).count]).toEqual([0, 2]);
  });

  it('preview, explain, forecast, queues and instances show how things are', async () => {
    const shown = await both<{ runs: { at: string }[] }>(
      'preview --cron 0_3_*_*_* --time-zone Europe/Berlin --from 2027-01-30T12:00:00Z --count 2',
    );
    expect(shown.json.runs.map(({ at }) => at)).toEqual(['2027-01-31T02:00:00.000Z', '2027-02-01T02:00:00.000Z']);
    expect(shown.text).toContain('2027-01-31T02:00:00.000Z');
    const byTrigger = await call('preview --trigger {"type":"interval","everyMs":60000} --count 1 --output json');
    expect([byTrigger.code, (JSON.parse(byTrigger.out) as { runs: unknown[] }).runs.length]).toEqual([0, 1]);
    expect((await both<{ sentence: string }>(`explain ${regular.id}`)).text).toContain('because:');
    expect((await both<{ starts: number }>('forecast --hours 6')).text).toContain('starts:');
    expect((await both<Item[]>('queues')).json.map(({ name }) => name)).toContain('default');
    expect((await both<unknown[]>('instances')).json).toHaveLength(1);
  });

  it('overdue and audit verify answer with their exit codes as well', async () => {
    expect(await both<unknown[]>('overdue')).toEqual({ text: 'Nothing is overdue.\n', json: [] });
    const proved = await both<{ valid: boolean; head: { sequence: number; hash: string } }>('audit verify');
    expect([proved.json.valid, /^valid: +yes$/m.test(proved.text)]).toEqual([true, true]);
    const { sequence } = proved.json.head;
    const wrong = await call(`audit verify --sequence ${sequence} --hash ${'0'.repeat(64)}`);
    expect([wrong.code, wrong.out.includes('NO')]).toEqual([1, true]);
  });

  describe('what goes wrong', () => {
    it('has an exit code and a sentence', async () => {
      const none = await call('task get 018f0000-0000-7000-8000-000000000000');
      expect([none.code, none.out, none.err]).toEqual([1, '', expect.stringContaining('The service answered 404: ')]);
      expect(await call('task lst')).toMatchObject({ code: 2, out: '' });
      expect(await call('task list --limit many')).toMatchObject({ code: 2, out: '' });
      expect(await call('preview --trigger {')).toMatchObject({ code: 2, out: '' });
      const forbidden = await call(`task run ${regular.id}`, { env: envAs('viewer') });
      expect([forbidden.code, forbidden.err]).toEqual([4, expect.stringContaining('The service answered 403: ')]);
    });

    it('never says a token', async () => {
      const token = 'eyJhbGciOiJIUzI1NiJ9.not-a-token.at-all';
      for (const given of [token, `${token}\nx`, '']) {
        const wrong = await call('task list', { env: { TASK_RUNNER_TOKEN: given } });
        expect([wrong.out, wrong.err]).toEqual(['', expect.not.stringContaining('eyJ')]);
        expect(wrong.code).toBe(given === token ? 4 : 2);
      }
      const read = await call('task list --token-file -', { input: `${tokenFor('default')}\n` });
      expect([read.code, read.err]).toEqual([0, '']);
    });

    it('a service that is away', async () => {
      const away = await call('task list', { env: { TASK_RUNNER_URL: 'http://127.0.0.1:9' } });
      expect([away.code, away.out]).toEqual([5, '']);
      expect(away.err).toContain('The service at http://127.0.0.1:9 does not answer: ');
      expect(await call('task list --url ftp://x')).toMatchObject({ code: 2, out: '' });
      expect(await call('task list --url http://me:secret@x')).toMatchObject({
        code: 2,
        err: expect.not.stringContaining('secret') as unknown as string,
      });
    });
  });
});
