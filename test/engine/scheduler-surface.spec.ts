import { expect, it } from '@jest/globals';
import {
  InvalidInputError,
  NotFoundError,
  StateConflictError,
  VersionMismatchError,
  type LogEntry,
} from '../../src/index.js';
import { T0 } from '../support/builders.js';
import { describeEngine, every, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const HOUR_MS = 3_600_000;
const SOON_MS = 20_000;

describeEngine('what else a scheduler offers', (world) => {
  it('tells the next occurrences, and previews a trigger', async () => {
    const { scheduler } = await world().boot();
    const task = await world().done(scheduler.schedule(work({ triggers: [every(HOUR_MS)] })));
    const next = await world().done(scheduler.nextRuns(task.id, 3));
    expect(next.map(({ at }) => (at - T0) / HOUR_MS)).toEqual([1, 2, 3]);
    const from = new Date(T0 + HOUR_MS);
    await world().done(scheduler.setSettings({ calendars: { off: { weekdays: ['mon'] } } }));
    const cron = { type: 'cron', expression: '0 12 * * *' } as const;
    const preview = await world().done(scheduler.preview(cron, { from, count: 2, calendars: ['off'] }));
    expect(preview.runs).toHaveLength(2);
    expect(preview.description).not.toBe('');
    const elsewhere = world().done(scheduler.for('umbrella').preview(cron, { from, calendars: ['off'] }));
    await expect(elsewhere).rejects.toThrow(InvalidInputError);
    const wrong = scheduler.preview({ type: 'cron', expression: '61 * * * *' });
    await expect(world().done(wrong)).rejects.toMatchObject({ faults: [{ pointer: '/trigger/expression' }] });
    for (const count of [0, 1001, 1.5, Number.NaN]) {
      await expect(world().done(scheduler.nextRuns(task.id, count))).rejects.toThrow(InvalidInputError);
      await expect(world().done(scheduler.preview(cron, { count }))).rejects.toThrow(InvalidInputError);
    }
    await expect(world().done(scheduler.for('umbrella').nextRuns(task.id))).rejects.toThrow(NotFoundError);
  });

  it('skips one occurrence, on whichever instance it would start, and puts one back', async () => {
    const [a, b] = [await world().boot(), await world().boot()];
    await world().advance(3000);
    const { id } = await world().done(a.scheduler.schedule(work({ triggers: [every(SOON_MS)] })));
    const coming = await world().done(a.scheduler.nextRuns(id, 3));
    const at = (which: number) => new Date(coming[which - 1]!.at);
    const skipped = await world().done(b.scheduler.skip(id, at(1), 'a holiday'));
    expect(skipped).toMatchObject({
      taskId: id,
      outcome: 'skipped',
      from: at(1).getTime(),
      to: at(1).getTime(),
      count: 1,
    });
    expect(skipped.reason).toMatch(/^skipped by .*: a holiday$/);
    await world().done(a.scheduler.skip(id, at(2), 'a mistake'));
    await world().done(a.scheduler.restore(id, at(2)));
    await world().until(() => world().workshop.calls.length === 1);
    const { items } = await world().done(a.scheduler.occurrences(id));
    expect(items.map((item) => ('run' in item ? item.run.scheduledFor : item.entry.reason))).toEqual([
      skipped.reason,
      at(2).getTime(),
    ]);
    const { scheduler } = a;
    const theirs = scheduler.for('umbrella');
    type Acts = (() => Promise<unknown>)[];
    const late: Acts = [() => scheduler.skip(id, at(2), 'late'), () => scheduler.restore(id, at(1))];
    const wrong: Acts = [
      () => scheduler.skip(id, new Date(at(3).getTime() + 1), 'not due'),
      () => scheduler.skip(id, new Date('never'), 'no date'),
      () => scheduler.skip(id, at(3), ''),
      () => scheduler.restore(id, new Date('never')),
    ];
    const unknown: Acts = [
      () => scheduler.restore(id, at(3)),
      () => theirs.skip(id, at(3), 'theirs'),
      () => theirs.restore(id, at(3)),
    ];
    for (const act of late) await expect(world().done(act())).rejects.toThrow(StateConflictError);
    for (const act of wrong) await expect(world().done(act())).rejects.toThrow(InvalidInputError);
    for (const act of unknown) await expect(world().done(act())).rejects.toThrow(NotFoundError);
  });

  it('reads and follows the log of a run on another instance', async () => {
    const [a, b] = [await world().boot(), await world().boot({ engine: { work: false }, handlers: [] })];
    await world().advance(3000);
    world().workshop.answering = byHand;
    const { id } = await world().done(a.scheduler.schedule(work()));
    const run = await world().done(a.scheduler.runNow(id));
    await world().until(() => world().workshop.calls.length === 1);
    const followed: LogEntry[] = [];
    const following = (async () => {
      for await (const entry of b.scheduler.followLog(run.id)) followed.push(entry);
    })();
    world().workshop.last().context.log('info', 'half of it');
    await world().advance(2000);
    expect(followed.map(({ message }) => message)).toContain('half of it');
    world().workshop.last().succeed();
    await world().done(following);
    const read = await world().done(b.scheduler.log(run.id));
    expect(read).toEqual(followed);
    const [first, ...rest] = read;
    expect(await world().done(b.scheduler.log(run.id, { after: first!.sequence, limit: 1 }))).toEqual(rest.slice(0, 1));
    await expect(world().done(b.scheduler.for('umbrella').log(run.id))).rejects.toThrow(NotFoundError);
  });

  it('reads and replaces settings and grants, each by its version', async () => {
    const { scheduler } = await world().boot();
    const theirs = scheduler.for('umbrella');
    const before = await world().done(theirs.settings());
    expect(before).toEqual({ settings: { calendars: {}, resources: {}, quotas: {} }, version: 0 });
    const resources = { browser: 3 };
    const after = await world().done(theirs.setSettings({ resources, quotas: { tasks: 9 } }, { version: 0 }));
    expect(after).toMatchObject({ settings: { resources, quotas: { tasks: 9 } }, version: 1 });
    const late = world().done(theirs.setSettings({}, { version: 0 }));
    await expect(late).rejects.toThrow(VersionMismatchError);
    expect((await world().done(scheduler.settings())).version).toBe(0);
    const wrong = scheduler.setSettings({ resources: { browser: 0 } });
    await expect(world().done(wrong)).rejects.toMatchObject({ faults: [{ pointer: '/resources/browser' }] });
    await world().done(theirs.setGrants({ weight: 3 }));
    expect((await world().done(theirs.grants())).grants).toMatchObject({ weight: 3 });
    expect((await world().done(scheduler.grants())).grants).toMatchObject({ weight: 1 });
  });
});

describeEngine('many tasks at once', (world) => {
  const tasks = async (count: number, fields = {}) => {
    const { scheduler } = world().instances[0] ?? (await world().boot());
    const made = await world().done(scheduler.scheduleMany(Array.from({ length: count }, () => work(fields))));
    return made.flatMap((each) => ('task' in each ? [each.task.id] : []));
  };
  const newestFirst = (ids: readonly string[]) => [...ids].sort().reverse();

  it('are paused and resumed by a filter, in stretches, with a dry run', async () => {
    const { scheduler } = await world().boot();
    const nightly = newestFirst(await tasks(25, { tags: ['nightly'] }));
    const others = await tasks(3);
    const reason = 'maintenance';
    const filter = { tag: 'nightly' };
    const dry = await world().done(scheduler.pauseMany(filter, { reason, dryRun: true, limit: 20 }));
    expect(dry).toEqual({ tasks: nightly.slice(0, 20), failed: [], next: nightly[19] });
    expect((await world().done(scheduler.get(nightly[0]!))).state).toBe('active');
    const first = await world().done(scheduler.pauseMany(filter, { reason, limit: 20 }));
    expect(first.tasks).toEqual(nightly.slice(0, 20));
    const second = await world().done(scheduler.pauseMany(filter, { reason, limit: 20, after: first.next! }));
    expect(second).toMatchObject({ tasks: nightly.slice(20), next: null });
    expect(await world().done(scheduler.get(nightly[0]!))).toMatchObject({ state: 'paused', pausedReason: reason });
    for (const id of others) expect((await world().done(scheduler.get(id))).state).toBe('active');
    await world().done(scheduler.pause(others[0]!, 'by hand'));
    expect((await world().done(scheduler.resumeMany({ reason }))).tasks).toEqual(nightly);
    expect((await world().done(scheduler.list({ state: 'paused' }))).map(({ id }) => id)).toEqual([others[0]]);
    expect((await world().done(scheduler.for('umbrella').pauseMany({}, { reason }))).tasks).toEqual([]);
  });

  it('are paused although one of them cannot be', async () => {
    const instance = await world().boot();
    const ids = newestFirst(await tasks(5));
    const pause = instance.tasks.pause.bind(instance.tasks);
    instance.tasks.pause = (organization, id, ...rest) =>
      id === ids[2] ? Promise.reject(new Error('broken')) : pause(organization, id, ...rest);
    const bulk = await world().done(instance.scheduler.pauseMany({}, { reason: 'all' }));
    expect(bulk).toEqual({
      tasks: ids.filter((id) => id !== ids[2]),
      failed: [{ id: ids[2], detail: 'broken' }],
      next: null,
    });
    const [one, other, theirs] = ['a', 'b', 'c'].map((reason, index) =>
      instance.scheduler
        .for(['default', 'default', 'umbrella'][index]!)
        .resumeMany({}, { limit: 1 })
        .then(
          () => reason,
          (error: unknown) => (error as Error).constructor.name,
        ),
    );
    expect(await world().done(Promise.all([one, other, theirs]))).toEqual(['a', 'OverloadedError', 'c']);
    const past = instance.scheduler.pauseMany({}, { reason: 'all', until: new Date(T0 - 1) });
    await expect(world().done(past)).rejects.toMatchObject({ faults: [{ pointer: '/until' }] });
    for (const limit of [0, 1001]) {
      const wrong = instance.scheduler.resumeMany({}, { limit });
      await expect(world().done(wrong)).rejects.toThrow(InvalidInputError);
    }
  });
});
