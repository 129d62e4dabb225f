import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { aChange, aRun, T0 } from '../../../test/support/builders.js';
import { Presence } from '../../cluster/presence.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { StoreUnavailableError } from '../../domain/errors.js';
import type { EngineState } from './engine-state.js';
import type { RunChange } from '../ports/run.store.js';
import { RunWriter } from './run-writer.js';
import type { ToldChange, ToldRuns } from './told-runs.js';

const ABOUT = { run: aRun(), task: undefined };

/** A store that answers each update with the next of `answers`; the last one stays. */
function world(...answers: Array<(changes: readonly RunChange[]) => string[]>) {
  const clock = new SettableClock(T0);
  const batches: RunChange[][] = [];
  const update = (told: readonly ToldChange[]): Promise<Set<string>> => {
    const changes = told.map((each) => each.change);
    batches.push(changes);
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    return new Promise((resolve) => resolve(new Set(answer(changes))));
  };
  const engine = { doubt: jest.fn<() => void>() };
  const writer = new RunWriter(
    { update } as unknown as ToldRuns,
    engine as unknown as EngineState,
    clock,
    new Presence(clock),
  );
  return { clock, batches, engine, writer };
}

const all = (changes: readonly RunChange[]) => changes.map(({ id }) => id);
const outage = (): string[] => {
  throw new StoreUnavailableError('connection refused');
};
const broken = (): string[] => {
  throw new TypeError('bug');
};
const change = () => aChange(aRun({ owner: 'me', attempt: 1 }), { state: 'running' });

describe('RunWriter', () => {
  beforeAll(() => void Logger.overrideLogger(false));
  afterAll(() => void Logger.overrideLogger(['log', 'warn', 'error']));

  it('tells of each change whether it was accepted', async () => {
    const { writer } = world((changes) => [changes[1]!.id]);
    await expect(Promise.all([change(), change()].map((each) => writer.update(each, ABOUT)))).resolves.toEqual([
      false,
      true,
    ]);
  });

  it('writes together what comes together, and of one attempt only what came last', async () => {
    const { writer, batches } = world(all);
    const run = aRun({ state: 'running', owner: 'me', attempt: 1 });
    const changes = [aChange(run, {}), change(), aChange(run, { state: 'succeeded', finishedAt: T0 })];
    await expect(Promise.all(changes.map((each) => writer.update(each, ABOUT)))).resolves.toEqual([true, true, true]);
    expect(batches).toEqual([[changes[2], changes[1]]]);
  });

  const held = aRun({ state: 'pending', owner: 'me', attempt: 1 });
  const waits = () => aChange(held, { putOff: true });

  it.each([
    ['cancelled', { state: 'cancelled', finishedAt: T0, owner: null }],
    ['given back', { owner: null }],
    ['due for another attempt', { state: 'retrying', attempt: 2 }],
  ] as const)('lets nothing that was noted later undo that a run is %s', async (_, progress) => {
    const { writer, batches } = world(all);
    const end = aChange(held, progress);
    const written = [waits(), end, waits()].map((each) => writer.update(each, ABOUT));
    await expect(Promise.all(written)).resolves.toEqual([true, true, false]);
    expect(batches).toEqual([[end]]);
  });

  it('writes one after the other what an instance and its former self have to say of a run', async () => {
    const run = aRun({ owner: 'former self', attempt: 1 });
    const { writer, batches } = world(
      () => [],
      (changes) => all(changes),
    );
    const stale = aChange(run, { state: 'succeeded', finishedAt: T0 });
    const fresh = aChange({ ...run, owner: 'me', attempt: 2 }, { state: 'running' });
    await expect(Promise.all([stale, fresh].map((each) => writer.update(each, ABOUT)))).resolves.toEqual([false, true]);
    expect(batches).toEqual([[stale], [fresh]]);
  });

  it('doubts what the store holds after a write that failed', async () => {
    const { writer, clock, engine } = world(outage, all);
    const written = writer.update(change(), ABOUT);
    await clock.advance(50);
    await written;
    expect(engine.doubt).toHaveBeenCalledTimes(1);
  });

  it('keeps trying through an outage, with growing pauses, and loses nothing', async () => {
    const { writer, clock, batches } = world(outage, outage, outage, all);
    const written = writer.update(change(), ABOUT);
    const counts: number[] = [];
    for (const pause of [0, 49, 1, 99, 1, 199, 1]) {
      await clock.advance(pause);
      counts.push(batches.length);
    }
    expect(counts).toEqual([1, 1, 2, 2, 3, 3, 4]);
    await expect(written).resolves.toBe(true);
  });

  it('pauses two seconds at the most', async () => {
    const { writer, clock, batches } = world(outage);
    void writer.update(change(), ABOUT).catch(() => undefined);
    await clock.advance(60_000);
    const before = batches.length;
    await clock.advance(20_000);
    expect(batches.length - before).toBe(10);
    writer.stop();
    await clock.advance(2000);
  });

  it('writes what gathered during an outage in one go', async () => {
    const { writer, clock, batches } = world(outage, all);
    const first = writer.update(change(), ABOUT);
    await clock.advance(0);
    const gathered = Array.from({ length: 50 }, () => writer.update(change(), ABOUT));
    await clock.advance(50);
    await Promise.all([first, ...gathered]);
    expect(batches.map(({ length }) => length)).toEqual([1, 1, 50]);
  });

  it('does not repeat what is not an outage', async () => {
    const { writer, batches } = world(broken, all);
    await expect(writer.update(change(), ABOUT)).rejects.toThrow('bug');
    await expect(writer.update(change(), ABOUT)).resolves.toBe(true);
    expect(batches).toHaveLength(2);
  });

  it('gives up when it is stopped, and then is settled', async () => {
    const { writer, clock } = world(outage);
    const outcome = writer.update(change(), ABOUT).then(String, String);
    const settled = jest.fn();
    void writer.settled().then(settled);
    await clock.advance(40);
    expect(settled).not.toHaveBeenCalled();
    writer.stop();
    await clock.advance(10);
    await expect(outcome).resolves.toContain('connection refused');
    expect(settled).toHaveBeenCalled();
  });
});
