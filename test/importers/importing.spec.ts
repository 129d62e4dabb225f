import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import { CronExpressionParser } from 'cron-parser';
import { checkedReading, type CheckedPlan } from '../../src/importers/checked.js';
import type { Destination } from '../../src/importers/destination/destination.js';
import { RestDestination } from '../../src/importers/destination/rest-destination.js';
import { StoreDestination } from '../../src/importers/destination/store-destination.js';
import { importTasks } from '../../src/importers/import-tasks.js';
import { readCrontab } from '../../src/importers/crontab/crontab.js';
import { SystemClock } from '../../src/clock/system-clock.js';
import { describeOnEachStore, type TemporaryStore } from '../e2e/each-store.js';
import { RestWorld } from '../rest/rest-world.js';

const OPTIONS = { hasUsers: false, timeZone: 'Europe/Berlin', handler: 'command', scope: 'host' };
const LINES = ['30 2 * * * backup', '*/15 9-17 * * 1-5 poll', '0 0 13 * 5 both', 'TOKEN=x', '0 9 1 * * mail'];

/** The plans of a crontab; the one whose command is `paused` is to be paused. */
function plansOf(lines: readonly string[], now: number): CheckedPlan[] {
  const reading = readCrontab(lines.join('\n'), OPTIONS);
  for (const plan of reading.tasks) if (plan.input.parameters?.['command'] === 'paused') plan.pausedFor = 'was off';
  return checkedReading(reading, 'crontab', 'host', now).tasks;
}

/** Tests what an import does at a destination that is empty at first. */
function suite(open: () => Promise<{ destination: Destination; now: number; run<R>(work: Promise<R>): Promise<R> }>) {
  let place: Awaited<ReturnType<typeof open>>;
  const imported = async (lines: readonly string[], options: { dryRun?: boolean; update?: boolean } = {}) => {
    const plans = plansOf(lines, place.now);
    const given = { dryRun: false, update: false, ...options };
    const outcomes = await place.run(importTasks(place.destination, 'crontab', plans, given));
    return outcomes.map(({ state }) => state);
  };
  const stored = async () => {
    const tasks = [];
    for await (const task of place.destination.withTag('import:crontab')) tasks.push(task);
    return tasks;
  };
  beforeAll(async () => {
    place = await open();
  });

  it('stores nothing in a dry run', async () => {
    expect(await imported(LINES, { dryRun: true })).toEqual(['new', 'new', 'new', 'new']);
    expect(await stored()).toEqual([]);
  });

  it('stores each entry once, however often it is imported', async () => {
    expect(await imported(LINES)).toEqual(['created', 'created', 'created', 'created']);
    const first = await stored();
    expect(await imported(LINES)).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged']);
    expect(await stored()).toEqual(first);
    expect(first).toHaveLength(4);
  });

  it('stores what was planned, to the last member', async () => {
    const plans = plansOf(LINES, place.now);
    const tasks = await stored();
    for (const { tags, definition } of plans) {
      const task = tasks.find((each) => each.definition.tags.includes(tags.entry));
      expect(task?.definition).toEqual(JSON.parse(JSON.stringify(definition)));
    }
  });

  it('leaves a task whose entry changed, unless told to change it', async () => {
    const changed = LINES.with(0, '# A name\n30 2 * * * backup');
    expect(await imported(changed)).toContain('differs');
    expect((await stored()).map(({ definition }) => definition.name)).not.toContain('A name');
    expect(await imported(changed, { update: true })).toContain('changed');
    expect((await stored()).map(({ definition }) => definition.name)).toContain('A name');
    expect(await imported(changed)).toEqual(['unchanged', 'unchanged', 'unchanged', 'unchanged']);
  });

  it('completes a paused task that an import cut off had only begun', async () => {
    const line = '* * * * * paused';
    const { destination } = place;
    const cut: Destination = Object.assign(Object.create(destination) as Destination, {
      pause: () => Promise.reject(new Error('the connection broke')),
    });
    const plans = plansOf([line], place.now);
    await expect(place.run(importTasks(cut, 'crontab', plans, { dryRun: false, update: false }))).rejects.toThrow(
      'the connection broke',
    );
    const begun = (await stored()).find(({ definition }) => definition.name === 'paused');
    expect(begun).toMatchObject({ isPaused: false, definition: { triggers: [{ type: 'manual' }] } });
    expect(await imported([line])).toEqual(['changed']);
    const whole = (await stored()).find(({ definition }) => definition.name === 'paused');
    expect(whole).toMatchObject({ isPaused: true, definition: { triggers: [{ expression: '* * * * *' }] } });
    expect(await imported([line])).toEqual(['unchanged']);
  });

  it('goes on after a task that is refused', async () => {
    const plans = plansOf(['1 1 * * * one', '2 2 * * * two'], place.now);
    plans[0]!.input = { ...plans[0]!.input, priority: 77 };
    const outcomes = await place.run(
      importTasks(place.destination, 'crontab', plans, { dryRun: false, update: false }),
    );
    expect(outcomes.map(({ state }) => state)).toEqual(['refused', 'created']);
    expect(outcomes[0]).toHaveProperty('reason', expect.stringContaining('priority'));
  });
}

describe('an import by the REST API', () => {
  let world: RestWorld;

  afterAll(() => world.stop());

  suite(async () => {
    world = await RestWorld.start();
    await world.app.listen(0, '127.0.0.1');
    const { port } = world.app.getHttpServer().address() as AddressInfo;
    const token = await world.token('editor', 'acme');
    const destination = new RestDestination(`http://127.0.0.1:${port}`, token, new SystemClock());
    return { destination, now: world.clock.now(), run: (work) => world.driven(work) };
  });

  it('fires when the daemon would', async () => {
    const { body } = await world.ask('GET /v1/tasks?tag=import:crontab&limit=200');
    for (const line of LINES.filter((each) => !each.includes('='))) {
      const [, expression, command] = /^((?:\S+ ){4}\S+) (.*)$/.exec(line)!;
      const tz = OPTIONS.timeZone;
      const theirs = CronExpressionParser.parse(expression!, { tz, currentDate: new Date(world.clock.now()) });
      const task = body.items.find(({ parameters }) => (parameters as { command?: string }).command === command);
      const { runs } = (await world.ask(`GET /v1/tasks/${task!.id}/next-runs?count=20`)).body;
      expect(runs.map(({ at }) => at)).toEqual(runs.map(() => theirs.next().toDate().toISOString()));
      expect(runs).toHaveLength(20);
    }
  });

  it('fails as a whole when nobody may do it', async () => {
    const { port } = world.app.getHttpServer().address() as AddressInfo;
    const destination = new RestDestination(`http://127.0.0.1:${port}`, 'nonsense', new SystemClock());
    const plans = plansOf(LINES, world.clock.now());
    await expect(importTasks(destination, 'crontab', plans, { dryRun: true, update: false })).rejects.toHaveProperty(
      'status',
      401,
    );
  });
});

describeOnEachStore('an import into a store', (openStore) => {
  let store: TemporaryStore;
  let destination: StoreDestination;

  afterAll(async () => {
    await destination.close();
    await store.drop();
  });

  suite(async () => {
    store = await openStore();
    const encryptionKeys = `k:${Buffer.alloc(32, 7).toString('base64')}`;
    destination = await StoreDestination.open({ storeUrl: store.url, encryptionKeys, durability: 'relaxed' }, 'acme');
    return { destination, now: Date.now(), run: (work) => work };
  });
});
