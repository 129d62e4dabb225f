import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Callee, latenessOf, type Call } from './callee.js';
import { describeOnEachStore, type TemporaryStore } from './each-store.js';
import { ServiceProcess } from './service-process.js';

interface TaskAnswer {
  id: string;
}
interface RunAnswer {
  id: string;
  state: string;
  scheduledFor: string;
  trigger: string;
  attempts: { number: number; outcome: string }[];
  latenessMs: number;
}

/** A short-lived lock, so that a test need not wait long for a takeover. */
const QUICK = { LOCK_LIFE_MS: '2000', HEARTBEAT_MS: '500' };

describeOnEachStore('The service, end to end,', (open) => {
  let store: TemporaryStore;
  let callee: Callee;
  let service: ServiceProcess;

  beforeEach(async () => {
    store = await open();
    callee = await Callee.start();
    service = await ServiceProcess.start(store.url, QUICK);
  });

  afterEach(async () => {
    await service.stop();
    await callee.close();
    await store.drop();
  });

  const schedule = async (path: string, triggers: object[], more: object = {}): Promise<string> => {
    const action = { type: 'http', url: callee.urlOf(path), body: { run: '{{run.id}}' } };
    const { status, body } = await service.call<TaskAnswer>('POST', '/v1/tasks', {
      name: path,
      triggers,
      action,
      ...more,
    });
    expect({ status, body }).toMatchObject({ status: 201 });
    return body.id;
  };

  /** The finished run: its last call may have arrived before its end was written. */
  const finished = async (id: string): Promise<RunAnswer> => {
    for (;;) {
      const { body } = await service.call<RunAnswer>('GET', `/v1/runs/${id}`);
      if (!['pending', 'running'].includes(body.state)) return body;
    }
  };

  it('calls cron, interval, one-shot and event-triggered tasks at their time and tells of each run', async () => {
    const soon = new Date(Math.ceil(Date.now() / 1000) * 1000 + 2500).toISOString();
    const cron = await schedule('/cron', [{ type: 'cron', expression: '* * * * * *' }]);
    await schedule('/interval', [{ type: 'interval', everyMs: 700 }]);
    await schedule('/once', [{ type: 'once', at: soon }]);
    await schedule('/event', [{ type: 'event', event: 'test-completion', filter: { 'data.status': 'failed' } }]);

    const passed = await service.call('POST', '/v1/triggers/events/test-completion', { status: 'passed' });
    const failed = await service.call<{ runs: string[] }>('POST', '/v1/triggers/events/test-completion', {
      status: 'failed',
    });
    expect(passed).toMatchObject({ status: 202, body: { triggeredTasks: [], runs: [] } });
    expect(failed).toMatchObject({ status: 202, body: { runs: [expect.any(String)] } });

    const count = (calls: readonly Call[], path: string) => calls.filter((call) => call.path === path).length;
    await callee.until(
      (calls) =>
        count(calls, '/cron') >= 4 &&
        count(calls, '/interval') >= 5 &&
        count(calls, '/once') + count(calls, '/event') === 2,
    );
    const timed = callee.calls.filter(({ path }) => path !== '/event');
    console.log(`Lateness of the HTTP calls: ${latenessOf(timed)}`);
    for (const { at, scheduledFor } of timed) expect(at).toBeGreaterThanOrEqual(scheduledFor);
    expect(callee.to('/once')[0]!.scheduledFor).toBe(Date.parse(soon));
    const seconds = callee.to('/cron').map(({ scheduledFor }) => scheduledFor / 1000);
    expect(seconds).toEqual(seconds.map((_, index) => seconds[0]! + index));
    const intervals = callee.to('/interval').map(({ scheduledFor }) => scheduledFor);
    expect(intervals).toEqual(intervals.map((_, index) => intervals[0]! + index * 700));
    expect(callee.to('/event')[0]!.runId).toBe(failed.body.runs[0]);

    const [first] = callee.to('/cron');
    expect(JSON.parse(first!.body)).toEqual({ run: first!.runId });
    expect(await finished(first!.runId)).toMatchObject({
      state: 'succeeded',
      trigger: 'schedule',
      taskId: cron,
      attempt: 1,
    });
    const log = await service.call<{ items: { message: string }[] }>('GET', `/v1/runs/${first!.runId}/log`);
    expect(log.body.items.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Attempt 1 started, \d+ ms after its time$/),
      expect.stringMatching(/^POST http.* answered 200\.$/),
      expect.stringMatching(/^Attempt 1 succeeded after \d+ ms$/),
    ]);
  });

  it('tries a failing target again with growing delays, and ends as failed', async () => {
    const retry = { maxAttempts: 4, baseDelayMs: 100, jitter: 0 };
    const task = await schedule('/fail', [{ type: 'manual' }], { retry });
    const { status, body } = await service.call<RunAnswer>('POST', `/v1/tasks/${task}/run`);
    expect({ status, body }).toMatchObject({ status: 202, body: { trigger: 'manual' } });
    await callee.until((calls) => calls.length === 4);
    const gaps = callee.calls.slice(1).map(({ at }, index) => at - callee.calls[index]!.at);
    [100, 200, 400].forEach((delay, index) => expect(gaps[index]).toBeGreaterThanOrEqual(delay));
    for (;;) {
      const run = await finished(body.id);
      if (run.state === 'retrying') continue;
      expect(run).toMatchObject({
        state: 'failed',
        attempts: [1, 2, 3, 4].map((number) => ({ number, outcome: 'failed' })),
      });
      break;
    }
    expect(callee.calls.map(({ runId, attempt }) => [runId, attempt])).toEqual([1, 2, 3, 4].map((n) => [body.id, n]));
  });

  it('loses nothing and starts nothing twice through kill -9 and a restart', async () => {
    const misfire = { policy: 'fire-all', graceMs: 0 };
    const ids = await Promise.all(
      ['/a', '/b', '/c'].map((path) =>
        schedule(path, [{ type: 'cron', expression: '* * * * * *' }], { misfire, overlap: 'allow' }),
      ),
    );
    await callee.until((calls) => calls.length >= 6);
    await service.killHard();
    const killedAt = Date.now();
    service = await ServiceProcess.start(store.url, QUICK);
    await callee.until((calls) =>
      ['/a', '/b', '/c'].every((path) =>
        calls.some((call) => call.path === path && call.scheduledFor > killedAt + 5000),
      ),
    );
    await callee.until((calls) => complete(calls, ids.length));

    for (const path of ['/a', '/b', '/c']) {
      const calls = callee.to(path);
      const seconds = [...new Set(calls.map(({ scheduledFor }) => scheduledFor / 1000))].sort((a, b) => a - b);
      expect(seconds).toEqual(seconds.map((_, index) => seconds[0]! + index));
      // One run for each occurrence. A second call is another attempt, after the first one's instance died.
      expect(new Set(calls.map(({ runId }) => runId)).size).toBe(seconds.length);
      expect(new Set(calls.map(({ runId, attempt }) => `${runId} ${attempt}`)).size).toBe(calls.length);
      for (const { runId, attempt } of calls)
        if (attempt > 1) expect((await finished(runId)).attempts[0]!.outcome).toBe('lost');
    }
    const again = callee.calls.filter(({ attempt }) => attempt > 1);
    console.log(`After kill -9: ${again.length} runs were made again; ${latenessOf(callee.calls)}`);
  });
});

/** Whether the calls go to `paths` paths, and no second is missing between the first and the last call of each path. */
function complete(calls: readonly Call[], paths: number): boolean {
  const secondsOf = new Map<string, Set<number>>();
  for (const { path, scheduledFor } of calls) {
    secondsOf.set(path, (secondsOf.get(path) ?? new Set()).add(scheduledFor / 1000));
  }
  const gapless = (seconds: Set<number>) => Math.max(...seconds) - Math.min(...seconds) + 1 === seconds.size;
  return secondsOf.size === paths && [...secondsOf.values()].every(gapless);
}
