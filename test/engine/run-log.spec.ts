import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import type { LogEntry } from '../../src/execution-log/log.store.js';
import { describeEngine, work } from '../support/engine-world.js';
import { byHand } from '../support/workshop.js';

const SECRET = 'correct-horse-battery-staple';

describeEngine('what is kept of a run', (world) => {
  it('hands the secrets to the handler, and lets them be seen nowhere else', async () => {
    const { scheduler, runs, runStore } = await world().boot();
    const task = await scheduler.schedule(work({ secrets: { token: SECRET }, retry: { jitter: 0, maxAttempts: 2 } }));
    expect(JSON.stringify(task)).not.toContain(SECRET);
    world().workshop.answering = ({ context }) => {
      context.log('info', `using ${context.secrets['token']}`, { token: context.secrets['token']! });
      if (context.run.attempt === 1) return Promise.reject(new Error(`refused: ${context.secrets['token']}`));
      return Promise.resolve({ echoed: `<${context.secrets['token']}>` });
    };
    const { id } = await scheduler.runNow(task.id);
    await world().inState({ id }, 'succeeded');
    expect(world().workshop.last().context.secrets).toEqual({ token: SECRET });
    const log = await runs.log('default', id, 0, 100);
    expect(log.filter(({ message }) => message.startsWith('using'))).toHaveLength(2);
    const run = await scheduler.getRun(id);
    expect(run.attempts[0]!.error!.message).toContain('refused: ');
    for (const seen of [log, run, await scheduler.get(task.id), await runStore.get('default', id), world().logged]) {
      expect(JSON.stringify(seen)).not.toContain(SECRET);
    }
    for (const file of world().files()) {
      expect((await readFile(file)).includes(SECRET)).toBe(false);
    }
  });

  it('changes and deletes secrets by a patch', async () => {
    const { scheduler } = await world().boot();
    const task = await scheduler.schedule(work({ secrets: { a: SECRET, b: 'second' } }));
    await world().done(scheduler.change(task.id, { secrets: { b: null, c: 'third' } }));
    await scheduler.runNow(task.id);
    await world().advance(100);
    expect(world().workshop.last().context.secrets).toEqual({ a: SECRET, c: 'third' });
  });

  it('tells the start and the end of a run that said nothing, of which no log is stored', async () => {
    const { scheduler, runs } = await world().boot();
    const task = await scheduler.schedule(work());
    const { id } = await scheduler.runNow(task.id);
    await world().inState({ id }, 'succeeded');
    const log = await runs.log('default', id, 0, 100);
    expect(log.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Attempt 1 started, \d+ ms after its time$/),
      expect.stringMatching(/^Attempt 1 succeeded after \d+ ms$/),
    ]);
    expect(await runs.log('default', id, log[0]!.sequence, 100)).toEqual([log[1]]);
    expect(await runs.log('default', id, 0, 1)).toEqual([log[0]]);
    expect(await runs.log('default', id, log[1]!.sequence, 100)).toEqual([]);
  });

  it.each([19, 20, 60, 119, 121])(
    'tells the end of a silent run that took %d ms, at once and later',
    async (durationMs) => {
      const { scheduler, runs } = await world().boot();
      const task = await scheduler.schedule(work({ action: { type: 'noop', durationMs } }));
      const { id } = await scheduler.runNow(task.id);
      await world().inState({ id }, 'succeeded');
      // Entries are written a moment after they were added.
      for (const waitMs of [0, 500]) {
        await world().advance(waitMs);
        const log = await runs.log('default', id, 0, 100);
        expect(log.map(({ message }) => message)).toEqual([
          expect.stringMatching(/^Attempt 1 started/),
          expect.stringMatching(/^Attempt 1 succeeded after \d+ ms$/),
        ]);
      }
    },
  );

  it('has the whole log of a run when the run is finished', async () => {
    const { scheduler, runs, events } = await world().boot();
    world().workshop.answering = ({ context }) => {
      for (let i = 1; i <= 50; i++) context.log('debug', `step ${i}`, { i });
      return context.run.attempt < 2 ? Promise.reject(new Error('once more')) : Promise.resolve(null);
    };
    const task = await scheduler.schedule(work({ retry: { jitter: 0, maxAttempts: 2 } }));
    let log: Promise<LogEntry[]> | undefined;
    events.on('run.finished', ({ run }) => void (log = runs.log('default', run.id, 0, 1000)));
    const run = await scheduler.runNow(task.id);
    await world().inState(run, 'succeeded');
    const entries = await log!;
    for (const attempt of [1, 2]) {
      const steps = entries.filter((entry) => entry.attempt === attempt && entry.message.startsWith('step'));
      expect(steps.map(({ message }) => message)).toEqual(Array.from({ length: 50 }, (_, i) => `step ${i + 1}`));
    }
    const sequences = entries.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(new Set(sequences).size).toBe(sequences.length);
    expect(entries.at(0)!.message).toContain('Attempt 1 started');
    expect(entries.at(-1)!.message).toContain('Attempt 2 succeeded');
    expect(entries.some(({ message }) => message.includes('Attempt 2 follows in 1000 ms'))).toBe(true);
  });

  it.each(['here', 'on another instance'])(
    'can be followed %s, entry by entry, until the run is finished',
    async (where) => {
      const [a, b] = [await world().boot(), await world().boot()];
      world().workshop.answering = byHand;
      const run = await a.scheduler.runNow((await a.scheduler.schedule(work())).id);
      await world().advance(50);
      const seen: string[] = [];
      const { runs } = where === 'here' ? a : b;
      const followed = (async () => {
        for await (const { message } of runs.follow('default', run.id, 0, new AbortController().signal)) {
          seen.push(message);
        }
      })();
      const { context } = world().workshop.last();
      context.log('info', 'first');
      await world().until(() => seen.includes('first'));
      context.log('info', 'second');
      await world().until(() => seen.includes('second'));
      context.log('info', 'third');
      world().workshop.last().succeed();
      await world().done(followed, 'following');
      expect(seen.slice(1, 4)).toEqual(['first', 'second', 'third']);
      expect(seen).toHaveLength(5);
    },
  );

  it('can be followed by somebody who leaves', async () => {
    const { scheduler, runs } = await world().boot();
    world().workshop.answering = byHand;
    const run = await scheduler.runNow((await scheduler.schedule(work())).id);
    await world().advance(50);
    const leave = new AbortController();
    const entries = runs.follow('default', run.id, Number.MAX_SAFE_INTEGER, leave.signal)[Symbol.asyncIterator]();
    const next = entries.next();
    await world().advance(2000);
    leave.abort();
    expect((await world().done(next)).done).toBe(true);
  });
});
