import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { aRun, aTask, T0 } from '../../../test/support/builders.js';
import { Presence } from '../../cluster/presence.js';
import { Slots } from '../../cluster/slots.js';
import { SettableClock } from '../../clock/settable-clock.js';
import type { Task } from '../../domain/task.js';
import { HeldRuns } from './held-runs.js';
import type { Hold } from './hold.js';
import { ALL_PHASES, hasSlot, mayFollow, type Phase } from './phases.js';

const ORGANIZATIONS = ['acme', 'globex', 'initech'];
const TASKS = ORGANIZATIONS.flatMap((organization) => [aTask({ organization }), aTask({ organization })]);
/** The phases in which a run can be held. */
const PLACES = ALL_PHASES.filter((phase) => phase !== 'new' && phase !== 'left');

function world() {
  const clock = new SettableClock(T0);
  const slots = new Slots(10, new Presence(clock), () => 1, clock);
  const locks = { owner: 'me', isHeld: () => true };
  const held = new HeldRuns(slots, locks as never);
  const illegal: string[] = [];
  held.onIllegalMove = (what) => void illegal.push(what);
  return { held, slots, locks, illegal };
}

type World = ReturnType<typeof world>;

/** A run of the task that is claimed here. */
function claimed({ held }: Pick<World, 'held'>, task: Task, run = runOf(task)): Hold {
  held.claimNext(task);
  return held.claimed({ run, task })!;
}

const runOf = ({ id: taskId, organization }: Task) => aRun({ taskId, organization, owner: 'me' });

describe('the runs in hand', () => {
  /** What may happen to the runs of an instance; none of these events checks anything first. */
  const anEvent = fc.oneof(
    { weight: 3, arbitrary: fc.record({ what: fc.constant('claimNext' as const), which: fc.nat(99) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('claim' as const), which: fc.nat(99) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('keepInMind' as const), which: fc.nat(99) }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('claimed' as const), which: fc.nat(99) }) },
    {
      weight: 12,
      arbitrary: fc.record({
        what: fc.constant('move' as const),
        which: fc.nat(99),
        to: fc.constantFrom(...ALL_PHASES),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        what: fc.constantFrom('putBack' as const, 'comeAgain' as const, 'leave' as const, 'lose' as const),
        which: fc.nat(99),
      }),
    },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('endClaims' as const), which: fc.nat(99) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('abandon' as const), which: fc.nat(99) }) },
  );

  it('have a slot each in the phases that have one, and free each slot once, whatever happens to them', () => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 120 }), (events) => {
        const { held, slots, illegal } = world();
        const [take, release] = [jest.spyOn(slots, 'take'), jest.spyOn(slots, 'release')];
        const freed = jest.fn();
        held.onSlotFreed(freed);
        const kept = new Map<Phase, Set<Hold>>(PLACES.map((phase) => [phase, new Set()]));
        for (const phase of PLACES) {
          held.keep(phase, {
            enter: (hold) => void kept.get(phase)!.add(hold),
            leave: (hold) => expect(kept.get(phase)!.delete(hold)).toBe(true),
          });
        }
        const all: Hold[] = [];
        const runs = TASKS.map(runOf);
        for (const event of events) {
          const task = TASKS[event.which % TASKS.length]!;
          const hold = all[event.which % all.length];
          const refused = illegal.length;
          if (event.what === 'claimNext' && !held.isClaiming(task.id)) all.push(held.claimNext(task));
          if (event.what === 'claim') all.push(...[held.claim(runs[event.which % runs.length]!) ?? []].flat());
          if (event.what === 'keepInMind') held.keepInMind(runs[event.which % runs.length]!);
          if (event.what === 'claimed') held.claimed({ run: runs[event.which % runs.length]!, task });
          if (event.what === 'move' && hold) {
            const before = hold.phase;
            const isMoved = held.move(hold, event.to);
            const isAny = hold.isKnown || event.to === 'claiming' || event.to === 'left';
            expect(isMoved).toBe(mayFollow(before, event.to) && isAny);
            expect(hold.phase).toBe(isMoved ? event.to : before);
            expect(illegal.length).toBe(refused + (isMoved ? 0 : 1));
          }
          if (hold?.isKnown && (event.what === 'putBack' || event.what === 'comeAgain')) {
            if (mayFollow(hold.phase, 'ready')) held[event.what](hold, T0);
          }
          if (hold && (event.what === 'leave' || event.what === 'lose')) held[event.what](hold);
          if (event.what === 'endClaims') held.endClaims(all);
          if (event.what === 'abandon') held.abandon();

          const here = PLACES.flatMap((phase) => [...kept.get(phase)!]);
          const withSlot = here.filter(({ phase }) => hasSlot(phase));
          expect(slots.taken).toBe(withSlot.length);
          for (const name of ORGANIZATIONS)
            expect(slots.heldBy(name)).toBe(withSlot.filter(({ organization }) => organization === name).length);
          for (const phase of PLACES) {
            expect([...kept.get(phase)!].every((each) => each.phase === phase)).toBe(true);
            expect(held.count(phase)).toBe(kept.get(phase)!.size);
            expect(new Set(held.in(phase))).toEqual(new Set([...kept.get(phase)!].filter(({ isKnown }) => isKnown)));
          }
          expect(take.mock.calls.length - release.mock.calls.length).toBe(slots.taken);
          expect(freed).toHaveBeenCalledTimes(release.mock.calls.length);
          // Each run has one hold.
          const ids = here.flatMap((each) => (each.isKnown ? [each.run.id] : []));
          expect(new Set(ids).size).toBe(ids.length);
        }
        held.endClaims(all);
        held.abandon();
        expect(slots.taken).toBe(0);
        expect(release.mock.calls.length).toBe(take.mock.calls.length);
      }),
    );
  });

  it('refuse a move that no run may make, and stay as they are', () => {
    const { held, slots, illegal } = world();
    const hold = claimed({ held }, TASKS[0]!);
    held.move(hold, 'armed');
    expect(held.move(hold, 'claiming')).toBe(false);
    expect([hold.phase, slots.taken]).toEqual(['armed', 1]);
    expect(illegal).toEqual([`Run ${hold.run.id} cannot go from "armed" to "claiming".`]);
    held.leave(hold);
    held.leave(hold);
    held.putBack(hold, T0);
    expect([hold.phase, slots.taken, illegal.length]).toEqual(['left', 0, 1]);
  });

  it('give way to what is claimed anew under their id, with one slot for both', () => {
    const { held, slots } = world();
    const [task] = TASKS as [Task];
    const before = claimed({ held }, task);
    held.move(before, 'armed');
    const anew = claimed({ held }, { ...task, generation: 2 }, { ...before.run, attempt: 2 });
    expect([before.phase, anew.phase, slots.taken]).toEqual(['left', 'claiming', 1]);
    expect(held.get(before.run.id)).toBe(anew);
  });

  it('take no memory any more when their slot is free, but for what was claimed anew under their id', () => {
    const { held, slots } = world();
    const letGo = jest.spyOn(slots, 'letGo');
    const [task] = TASKS as [Task];
    const former = claimed({ held }, task);
    held.move(former, 'armed');
    const anew = claimed({ held }, task, { ...former.run, attempt: 2 });
    expect(letGo.mock.calls).toEqual([[former.run.id]]);
    held.leave(former);
    expect(letGo).toHaveBeenCalledTimes(1);
    held.putBack(anew, T0);
    expect(letGo.mock.calls).toEqual([[former.run.id], [anew.run.id]]);
  });

  it('go on while an attempt is under way, whatever is claimed anew', () => {
    const { held, slots } = world();
    const [task] = TASKS as [Task];
    const underWay = claimed({ held }, task);
    for (const phase of ['armed', 'starting', 'running'] as const) held.move(underWay, phase);
    underWay.assignment = {} as never;
    const claim = held.claimNext(task);
    expect(held.claimed({ run: { ...underWay.run }, task })).toBeNull();
    held.endClaims([claim]);
    expect([underWay.phase, slots.taken, held.get(underWay.run.id)]).toEqual(['running', 1, underWay]);
  });

  it('are known while the claim of their task is written, if they have an owner', () => {
    const { held } = world();
    const [task] = TASKS as [Task];
    const run = runOf(task);
    held.claimNext(task);
    expect([held.holds(run), held.holds({ ...run, owner: null })]).toEqual([true, false]);
  });

  it('tell who waits for them that they have left, but not when it is unknown what has become of them', () => {
    const { held } = world();
    const left: string[] = [];
    held.onLeft(({ id }) => void left.push(id));
    const [done, lost] = [claimed({ held }, TASKS[0]!), claimed({ held }, TASKS[1]!)];
    held.leave(done);
    held.lose(lost);
    expect(left).toEqual([done.run.id]);
    expect([held.get(done.run.id), held.get(lost.run.id)]).toEqual([undefined, undefined]);
  });

  it('forget their tasks when they have to come again, and are dropped when they are not ours', () => {
    const { held, locks } = world();
    const [ours, lost] = [claimed({ held }, TASKS[0]!), claimed({ held }, TASKS[1]!)];
    held.comeAgain(ours, T0);
    expect([ours.phase, ours.taskId]).toEqual(['ready', undefined]);
    locks.isHeld = () => false;
    held.comeAgain(lost, T0);
    expect(lost.phase).toBe('left');
  });

  it('leave all together when the lock is lost, but for what is being claimed', () => {
    const { held, slots } = world();
    const armed = claimed({ held }, TASKS[0]!);
    held.move(armed, 'armed');
    const claiming = claimed({ held }, TASKS[1]!);
    const cleared = jest.fn();
    held.keep('armed', { clear: cleared });
    held.abandon();
    expect([armed.phase, claiming.phase, slots.taken]).toEqual(['left', 'claiming', 1]);
    expect(cleared).toHaveBeenCalledTimes(1);
  });
});
