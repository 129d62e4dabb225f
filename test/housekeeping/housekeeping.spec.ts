import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StoreUnavailableError } from '../../src/domain/errors.js';
import { newId } from '../../src/domain/ids.js';
import type { Chore } from '../../src/housekeeping/chores.js';
import type { RetentionSettings } from '../../src/settings/settings.js';
import { idsOf, times } from '../conformance/with-fixture.js';
import { aRun, anEvent, T0 } from '../support/builders.js';
import { HousekeepingWorld, RETENTION } from './housekeeping-world.js';

const DAY_MS = 86_400_000;

describe('Housekeeping', () => {
  let world: HousekeepingWorld;
  beforeEach(async () => {
    world = await HousekeepingWorld.open();
  });
  afterEach(() => world.close());

  const runsLeft = async () => idsOf((await world.runs.list('acme', {}, { limit: 5000 })).items);
  const request = (key: string) => ({ organization: 'acme', operation: 'POST /v1/tasks user:ann', key });
  const isKnown = async (key: string) => (await world.idempotency.begin(request(key), 'k.print', T0)) !== null;
  /** A chore that counts its batches and returns what `count` returns. */
  const counting = (count: () => Promise<number>): Chore & { calls: [before: number, limit: number][] } => {
    const calls: [number, number][] = [];
    return { what: 'things', keptMs: () => 1000, calls, purge: (...stretch) => (calls.push(stretch), count()) };
  };

  it('removes runs that finished longer ago than they are kept', async () => {
    const finished = (finishedAt: number) => aRun({ state: 'succeeded', finishedAt });
    const [old, young] = [finished(T0 - 30 * DAY_MS - 1), finished(T0 - 30 * DAY_MS)];
    const running = aRun({ state: 'running', owner: 'i', scheduledFor: T0 - 90 * DAY_MS });
    await world.runs.insert([old, young, running]);
    await (await world.housekeeper()).sweep();
    expect(await runsLeft()).toEqual(idsOf([running, young]));
    expect(world.logged).toContain('debug: Removed 1 old runs.');
  });

  it('removes what the ledger tells of times longer ago than runs are kept', async () => {
    const purge = jest.spyOn(world.runs, 'purgeLedger').mockResolvedValueOnce(3);
    await (await world.housekeeper()).sweep();
    expect(purge.mock.calls).toEqual([[T0 - 30 * DAY_MS, 100]]);
    expect(world.logged).toContain('debug: Removed 3 old ledger entries.');
  });

  it('removes dispatched events and forgets idempotency keys of age', async () => {
    const received = (receivedAt: number, dispatched = true) => anEvent({ receivedAt, dispatched });
    const events = [received(T0 - 7 * DAY_MS - 1), received(T0 - 7 * DAY_MS), received(T0 - 9 * DAY_MS, false)];
    await world.events.insert(events);
    await world.idempotency.begin(request('old'), 'k.print', T0 - DAY_MS - 1);
    await world.idempotency.begin(request('young'), 'k.print', T0 - DAY_MS);
    await (await world.housekeeper()).sweep();
    expect(new Set(idsOf(await world.events.insert(events)))).toEqual(new Set(idsOf(events.slice(1))));
    expect(world.logged).toContain('debug: Removed 1 old events.');
    expect([await isKnown('old'), await isKnown('young')]).toEqual([false, true]);
  });

  describe('beside instances with another retention', () => {
    const instance = (id: string, retention?: RetentionSettings) =>
      world.instances.put({
        id,
        version: '1',
        startedAt: T0,
        heartbeatAt: T0,
        running: 0,
        concurrency: 1,
        ...(retention && { retention }),
      });
    const purgedBefore = async () => {
      const [runs, events] = [jest.spyOn(world.runs, 'purge'), jest.spyOn(world.events, 'purge')];
      await (await world.housekeeper()).sweep();
      return [...runs.mock.calls, ...events.mock.calls].map(([before]) => (T0 - before) / DAY_MS);
    };

    it('removes nothing that one of them keeps', async () => {
      await instance('longer', { runsDays: 90, eventsDays: 1, auditDays: 1 });
      await instance('shorter', { runsDays: 1, eventsDays: 8, auditDays: 1 });
      expect(await purgedBefore()).toEqual([90, 8]);
    });

    it('leaves it to those of an older version, which do not tell theirs', async () => {
      await instance('older');
      expect(await purgedBefore()).toEqual([]);
      await world.instances.remove(['older']);
      expect(await purgedBefore()).toEqual([30, 7]);
    });
  });

  describe('of outcomes and organizations', () => {
    const aged = (days: number, state: 'failed' | 'timed_out' | 'succeeded', organization = 'acme') => {
      const finishedAt = T0 - days * DAY_MS - 1;
      return aRun({ id: newId(finishedAt), organization, state, scheduledFor: finishedAt, finishedAt });
    };
    const leftOf = async (organization: string) =>
      (await world.runs.list(organization, {}, { limit: 5000 })).items.map(({ state, finishedAt }) => [
        state,
        Math.floor((T0 - finishedAt!) / DAY_MS),
      ]);

    it('keeps failed runs for longer than others, where the installation says so', async () => {
      world.retention = { ...RETENTION, runsDays: 5, failedRunsDays: 30 };
      const states = ['failed', 'timed_out', 'succeeded'] as const;
      await world.runs.insert(states.flatMap((state) => [4, 6, 31].map((days) => aged(days, state))));
      await (await world.housekeeper()).sweep();
      const left = (await leftOf('acme')).map((each) => each.join(' ')).toSorted();
      expect(left).toEqual(['failed 4', 'failed 6', 'succeeded 4', 'timed_out 4', 'timed_out 6']);
    });

    it('keeps for a shorter time what an organization says, and nothing for longer than the installation', async () => {
      await world.settings.put('acme', { retention: { runsDays: 2, failedRunsDays: 20 } }, 0);
      await world.settings.put('umbrella', { retention: { runsDays: 365 } }, 0);
      await world.settings.put('broken', { retention: { runsDays: 'x' } }, 0);
      for (const organization of ['acme', 'umbrella', 'broken', 'other']) {
        const days = [1, 3, 19, 21, 31];
        await world.runs.insert(days.flatMap((each) => [aged(each, 'failed', organization)]));
        await world.runs.insert(days.flatMap((each) => [aged(each, 'succeeded', organization)]));
      }
      await (await world.housekeeper()).sweep();
      const daysOf = async (organization: string, wanted: string) =>
        (await leftOf(organization)).filter(([state]) => state === wanted).map(([, days]) => days);
      expect(await daysOf('acme', 'succeeded')).toEqual([1]);
      expect(await daysOf('acme', 'failed')).toEqual([1, 3, 19]);
      for (const organization of ['umbrella', 'broken', 'other'])
        for (const state of ['failed', 'succeeded']) expect(await daysOf(organization, state)).toEqual([1, 3, 19, 21]);
    });

    it('looks at each of many kept runs once an hour, and at what has come of age in between', async () => {
      world.retention = { ...RETENTION, runsDays: 5, failedRunsDays: 30 };
      await world.runs.insert(times(450, () => aged(6, 'failed')));
      const looks = jest.spyOn(world.runs, 'purgeKind');
      const housekeeper = await world.housekeeper();
      const lookedAt = async () => {
        looks.mockClear();
        await world.driven(housekeeper.sweep());
        const pages = await Promise.all(looks.mock.results.map(({ value }) => value as Promise<{ looked: number }>));
        return pages.reduce((sum, { looked }) => sum + looked, 0);
      };
      expect(await lookedAt()).toBe(450);
      expect(await lookedAt()).toBe(0);
      await world.runs.insert([aged(5, 'succeeded')]);
      expect(await lookedAt()).toBe(1);
      await world.clock.advance(3_600_000);
      expect(await lookedAt()).toBe(450);
    });

    /** Has kinds of so many pages; those that were looked at, as `organization:failed place`. */
    const withPages = (countOf: (organization: string | undefined) => number): string[] => {
      const looks: string[] = [];
      jest.spyOn(world.runs, 'purgeKind').mockImplementation(({ organization, failed, after }, limit) => {
        const page = Number(after) + 1;
        looks.push(`${organization ?? 'all'}:${failed} ${page}`);
        return Promise.resolve({ removed: 0, looked: page < countOf(organization) ? limit : 1, last: String(page) });
      });
      return looks;
    };

    it('goes through all of very many, however long that takes, and begins again an hour after it was through', async () => {
      world.retention = { ...RETENTION, runsDays: 5, failedRunsDays: 30 };
      const looks = withPages(() => 1200);
      const housekeeper = await world.housekeeper();
      const firstAndLast = async () => {
        looks.length = 0;
        await world.driven(housekeeper.sweep());
        return [looks[0], looks.at(-1)];
      };
      expect(await firstAndLast()).toEqual(['all:false 1', 'all:false 500']);
      await world.clock.advance(3_600_000);
      expect(await firstAndLast()).toEqual(['all:false 501', 'all:false 1000']);
      await world.clock.advance(3_600_000);
      expect(await firstAndLast()).toEqual(['all:false 1001', 'all:false 1200']);
      await world.clock.advance(3_590_000);
      expect(await firstAndLast()).toEqual(['all:false 1201', 'all:false 1201']);
      await world.clock.advance(10_000);
      expect(await firstAndLast()).toEqual(['all:false 1', 'all:false 500']);
    });

    it('gives each organization its turn, beside an installation and another one that have very many', async () => {
      world.retention = { ...RETENTION, runsDays: 5, failedRunsDays: 30 };
      for (const organization of ['acme', 'large', 'umbrella'])
        await world.settings.put(organization, { retention: { runsDays: 2, failedRunsDays: 30 } }, 0);
      const looks = withPages((organization) => (organization === undefined || organization === 'large' ? 1e9 : 2));
      const housekeeper = await world.housekeeper();
      const counts = async () => {
        looks.length = 0;
        await world.driven(housekeeper.sweep());
        const kinds = looks.map((look) => look.split(' ')[0]!);
        return Object.fromEntries(
          [...new Set(kinds)].map((kind) => [kind, kinds.filter((each) => each === kind).length]),
        );
      };
      expect(await counts()).toEqual({ 'all:false': 500, 'acme:false': 2, 'large:false': 498 });
      expect(await counts()).toEqual({ 'all:false': 500, 'umbrella:false': 2, 'acme:false': 1, 'large:false': 497 });
    });
  });

  it('says nothing when there is nothing to remove', async () => {
    await (await world.housekeeper()).sweep();
    expect(world.logged).toEqual([]);
  });

  it('removes many in batches of 100, with pauses in between', async () => {
    const purge = jest.spyOn(world.runs, 'purge');
    const old = { state: 'failed' as const, finishedAt: T0 - 31 * DAY_MS };
    await world.runs.insert(times(2500, () => aRun(old)));
    const took = await world.driven((await world.housekeeper()).sweep());
    expect(await runsLeft()).toEqual([]);
    expect(purge.mock.calls.map(([, limit]) => limit)).toEqual(times(26, () => 100));
    expect(took).toBeGreaterThanOrEqual(250);
  });

  it('ends after a bounded number of batches, and goes on in the next sweep', async () => {
    const endless = counting(() => Promise.resolve(100));
    const housekeeper = await world.housekeeper([endless]);
    await world.driven(housekeeper.sweep());
    expect(endless.calls).toHaveLength(1000);
    expect(endless.calls[0]).toEqual([T0 - 1000, 100]);
    await world.driven(housekeeper.sweep());
    expect(endless.calls).toHaveLength(2000);
  });

  it('leaves it to the instance that has the lock, and takes it up when that is free', async () => {
    const chore = counting(() => Promise.resolve(0));
    const housekeeper = await world.housekeeper([chore]);
    await world.locks.acquire(['housekeeping'], 'another', 60_000);
    await housekeeper.sweep();
    expect(chore.calls).toEqual([]);
    await world.locks.release(['housekeeping'], 'another');
    await housekeeper.sweep();
    expect(chore.calls).toHaveLength(1);
    expect(await world.locks.holders(['housekeeping'])).toEqual(new Map());
  });

  it('is done by one at a time, also where the same instance is asked again', async () => {
    let end: (count: number) => void = () => undefined;
    const slow = counting(() => new Promise((resolve) => (end = resolve)));
    const [a, b] = [await world.housekeeper([slow]), await world.housekeeper([slow])];
    const sweeping = a.sweep();
    await world.clock.advance(10);
    await Promise.all([a.sweep(), b.sweep()]);
    expect(slow.calls).toHaveLength(1);
    end(0);
    await sweeping;
    const next = b.sweep();
    await world.clock.advance(10);
    expect(slow.calls).toHaveLength(2);
    end(0);
    await next;
  });

  it('does the rest when one kind fails, and never rejects', async () => {
    const failing = counting(() => Promise.reject(new StoreUnavailableError('away')));
    const rest = counting(() => Promise.resolve(5));
    const housekeeper = await world.housekeeper([failing, rest]);
    await housekeeper.sweep();
    expect(rest.calls).toHaveLength(1);
    expect(world.logged).toEqual(['warn: Old things could not be removed: away', 'debug: Removed 5 old things.']);
    jest.spyOn(world.locks, 'acquire').mockRejectedValueOnce(new StoreUnavailableError('gone'));
    await housekeeper.sweep();
    expect(world.logged.at(-1)).toBe('warn: Housekeeping has to wait: gone');
    await housekeeper.sweep();
    expect(rest.calls).toHaveLength(2);
  });

  it('does nothing without a lock on its instance', async () => {
    const chore = counting(() => Promise.resolve(0));
    const housekeeper = await world.housekeeper([chore]);
    jest.spyOn(world.locks, 'acquire').mockRejectedValue(new StoreUnavailableError('away'));
    jest.spyOn(world.locks, 'renew').mockRejectedValue(new StoreUnavailableError('away'));
    await world.clock.advance(3_600_000);
    world.logged.length = 0;
    await housekeeper.sweep();
    expect([chore.calls, world.logged]).toEqual([[], []]);
    jest.restoreAllMocks();
    await world.clock.advance(1000);
    await housekeeper.sweep();
    expect(chore.calls).toHaveLength(1);
  });

  it('stops after the batch under way when the service does', async () => {
    const endless = counting(() => Promise.resolve(100));
    const housekeeper = await world.housekeeper([endless, endless]);
    const sweeping = housekeeper.sweep();
    await world.clock.advance(5);
    await world.driven(housekeeper.beforeApplicationShutdown());
    await sweeping;
    expect(endless.calls).toHaveLength(1);
    await housekeeper.sweep();
    expect(endless.calls).toHaveLength(1);
  });
});
