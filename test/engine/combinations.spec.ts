import { expect, it, jest } from '@jest/globals';
import type { TaskInput } from '../../src/domain/task-definition.js';
import { T0 } from '../support/builders.js';
import type { EngineInstance } from '../support/engine-instance.js';
import { describeEngine, every, work } from '../support/engine-world.js';

const MINUTE = 60_000;
const SECOND = 1000;

// Sixteen tasks run through twenty minutes step by step.
jest.setTimeout(120_000);

/** `T0` is nine o'clock. */
const CALENDARS = {
  breaks: { windows: [{ from: '09:07', to: '09:09' }] },
  lunch: { windows: [{ from: '09:13', to: '09:16' }] },
};
const shifting = (name: string) => ({ name, mode: 'shift' as const });

/** Policies that interact, four variants of each. */
const MISFIRES: TaskInput['misfire'][] = [
  { policy: 'fire-once' },
  { policy: 'fire-all', maxCount: 2 },
  { policy: 'fire-all', maxAgeMs: 3 * MINUTE },
  { policy: 'skip' },
];
const OVERLAPS = ['skip', 'queue', 'allow', 'replace'] as const;
const USES: TaskInput['calendars'][] = [
  [],
  ['breaks', 'lunch'],
  [shifting('breaks'), shifting('lunch')],
  ['breaks', shifting('lunch')],
];
const PERIODS = [[MINUTE], [MINUTE, 1.5 * MINUTE], [2 * MINUTE, 3 * MINUTE], [0.5 * MINUTE]];
const BOUNDS: Partial<TaskInput>[] = [
  {},
  { spreadMs: 20 * SECOND },
  { maxRuns: 7, startDeadlineMs: 10 * MINUTE },
  { spreadMs: 25 * SECOND, endAt: new Date(T0 + 21 * MINUTE).toISOString(), deadlineMs: MINUTE },
];

/**
 * An orthogonal array over the field of four elements: 16 rows, in which any two variants of two policies meet once.
 */
const DOUBLED = [0, 2, 3, 1] as const;
const TRIPLED = [0, 3, 1, 2] as const;
const ROWS = [0, 1, 2, 3].flatMap((i) =>
  [0, 1, 2, 3].map((j) => [i, j, i ^ j, i ^ DOUBLED[j]!, i ^ TRIPLED[j]!] as const),
);

describeEngine('combinations of policies', (world) => {
  const nominalOf = (periods: number[], { endAt }: Partial<TaskInput>, after: number, until: number) => {
    const end = endAt === undefined ? Infinity : Date.parse(endAt);
    const all = new Set<number>();
    for (const period of periods) for (let at = T0 + period; at <= until; at += period) all.add(at);
    return [...all].filter((at) => at > after && at < end);
  };
  const rowsOf = async (instance: EngineInstance) => {
    const tasks = ROWS.map(async ([misfire, overlap, uses, periods, bounds]) => {
      const input = work({
        triggers: PERIODS[periods]!.map(every),
        misfire: MISFIRES[misfire]!,
        overlap: OVERLAPS[overlap]!,
        calendars: USES[uses]!,
        ...BOUNDS[bounds],
      });
      return { input, periods: PERIODS[periods]!, task: await instance.scheduler.schedule(input) };
    });
    return world().done(Promise.all(tasks));
  };

  it('give each occurrence one outcome, in order and never before its time, through a pause and a downtime', async () => {
    const a = await world().boot();
    await world().done(a.settings.put('default', { calendars: CALENDARS }));
    const rows = await rowsOf(a);
    await world().advance(3.25 * MINUTE);
    await world().done(Promise.all(rows.map(({ task }) => a.scheduler.pause(task.id, 'a pause'))));
    await world().advance(1.5 * MINUTE);
    const resumedAt = world().clock.now();
    await world().done(Promise.all(rows.map(({ task }) => a.scheduler.resume(task.id))));
    await world().advance(5.5 * MINUTE);
    const stoppedAt = world().clock.now();
    await world().done(a.stop());
    await world().clock.advanceTo(T0 + 19.45 * MINUTE);
    const b = await world().boot();
    await world().advance(3 * MINUTE);

    for (const { input, periods, task } of rows) {
      const said = JSON.stringify(input);
      const runs = (await world().runsOf(task)).filter(({ scheduledFor }) => scheduledFor > resumedAt);
      const range = { from: resumedAt + 1, before: T0 + 60 * MINUTE, limit: 100 };
      const ledger = await b.runStore.ledger('default', task.id, range);
      const settled = Math.max(...runs.map((run) => run.scheduledFor), ...ledger.map(({ to }) => to));
      const told = runs.length + ledger.reduce((sum, { count }) => sum + count, 0);
      expect([said, told]).toEqual([said, nominalOf(periods, input, resumedAt, settled).length]);

      const calls = world().workshop.of(task.id);
      const starts = calls.map(({ context }) => context.run.scheduledFor.getTime());
      // An occurrence that comes due later may overtake one that waits for another run of its task.
      const waits = input.overlap === 'queue' || input.overlap === 'replace';
      // Runs that a stopping instance gives back are taken up beside what came due in the downtime, not before it.
      for (const part of [starts.filter((at) => at <= stoppedAt), starts.filter((at) => at > stoppedAt)]) {
        if (!waits) expect([said, part]).toEqual([said, part.toSorted((x, y) => x - y)]);
      }
      expect(new Set(starts).size).toBe(starts.length);
      expect(starts.filter((at) => at > T0 + 3.25 * MINUTE && at <= resumedAt)).toEqual([]);
      if (input.maxRuns !== undefined) expect(starts.length).toBeLessThanOrEqual(input.maxRuns);
      for (const run of await world().runsOf(task)) {
        expect(run.dueAt).toBeGreaterThanOrEqual(run.scheduledFor);
        if (run.startedAt !== null) expect(run.startedAt).toBeGreaterThanOrEqual(run.dueAt);
      }
      // Everything due by now has had its turn.
      const next = (await b.tasks.get('default', task.id)).next;
      if (next) expect(next.dueAt).toBeGreaterThan(world().clock.now() - SECOND);
    }
  });
});
