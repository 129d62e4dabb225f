import { describe, expect, it } from '@jest/globals';
import { aTask, T0 } from '../../../test/support/builders.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import type { Ownership } from '../../cluster/ownership.js';
import { Presence } from '../../cluster/presence.js';
import { Slots } from '../../cluster/slots.js';
import type { Weights } from '../../cluster/weights.js';
import { SettableClock } from '../../clock/settable-clock.js';
import type { Task } from '../../domain/task.js';
import type { HeldRuns } from '../holding/held-runs.js';
import type { DueTasks, TaskStore } from '../ports/task.store.js';
import { DueWindow } from './due-window.js';
import { LONGEST_LINE, SlotQueue } from './slot-queue.js';

const settings = { heapLimit: 100_000, heldBytes: 2 ** 30, horizonMs: 60_000, armingMs: 1500 };
const due = (organization: string, ms: number) =>
  aTask({ organization, next: { scheduledFor: T0 + ms, dueAt: T0 + ms } });
const isAfter = (task: Task, from: number, after = '') =>
  task.next!.dueAt > from || (task.next!.dueAt === from && task.id > after);

/** A window over tasks that are given by organization, in the order in which they are due. */
function windowOver(organizations: Record<string, Task[]>) {
  const read: string[] = [];
  const dueBetween = ({ from, after, organization, turns, limit }: DueTasks) => {
    const names = Object.keys(organizations).filter((name) => (turns ? name > turns.after : name === organization));
    const rest = names.flatMap((name) => organizations[name]!.filter((task) => isAfter(task, from, after)));
    const page = rest.slice(0, limit);
    read.push(...page.map((task) => task.organization));
    return Promise.resolve(page);
  };
  const clock = new SettableClock(T0);
  const presence = new Presence(clock);
  const line = new SlotQueue(
    clock,
    new Slots(1000, presence, () => 1, clock),
    presence,
    { of: () => 1 } as unknown as Weights,
    settings,
  );
  const held = { isClaiming: () => false } as unknown as HeldRuns;
  const ownership = { onChange: () => undefined, minds: () => true, shards: undefined } as unknown as Ownership;
  const events = new LifecycleEvents();
  const window = new DueWindow(clock, { dueBetween } as unknown as TaskStore, line, held, ownership, events, settings);
  window.onLoaded(() => {
    for (const task of window.take(clock.now())) line.addTask(task);
  });
  return { clock, window, line, read };
}

describe('DueWindow', () => {
  it('reads no more of a crowd than can be claimed before it asks again', async () => {
    const acme = Array.from({ length: 60_000 }, () => due('acme', 1000));
    const { clock, window, line, read } = windowOver({ acme, globex: [due('globex', 1000)] });
    window.start();
    await clock.advance(500);
    expect(line.waitingOf('acme')).toBe(LONGEST_LINE);
    expect(line.waitingOf('globex')).toBe(1);
    expect(window.size).toBeGreaterThanOrEqual(4 * LONGEST_LINE);
    expect(read.length).toBeLessThan(30_000);
    window.stop();
  });

  it('reads everything that is due later, and what comes while a crowd waits', async () => {
    const [acme, globex] = [Array.from({ length: 30_000 }, (_, i) => due('acme', 5000 + i)), [] as Task[]];
    const { clock, window, read } = windowOver({ acme, globex });
    window.start();
    await clock.advance(500);
    expect(window.size).toBe(30_000);
    globex.push(due('globex', 55_000));
    await clock.advance(45_000);
    expect(read.filter((organization) => organization === 'globex').length).toBeGreaterThan(0);
    window.stop();
  });
});
