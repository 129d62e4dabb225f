import { describe, expect, it } from '@jest/globals';
import { aRun } from '../../../test/support/builders.js';
import { SettableClock } from '../../clock/settable-clock.js';
import { WaitingRoom } from './waiting-room.js';

const SIX = 6;
/** Of one organization fit a hundred bytes, of all two hundred. */
const roomOf = (clock = new SettableClock(0)) => new WaitingRoom(clock, { heldBytes: 100 * SIX });
const waiter = (organization: string, pools: string, bytes: number) => ({ organization, pools, bytes });

describe('WaitingRoom', () => {
  it('is crowded by an organization beyond its part, and by the largest one where all together are too many', () => {
    const room = roomOf();
    room.enter(waiter('acme', 'api', 100));
    expect(room.crowdedAfter('acme')).toBeNull();
    room.enter(waiter('acme', 'api', 1));
    expect(room.crowdedAfter('acme')).toBe('acme');
    room.leave(waiter('acme', 'api', 1));
    room.enter(waiter('globex', 'api', 60));
    room.enter(waiter('initech', 'api', 41));
    expect(room.crowdedAfter('initech')).toBe('acme');
    room.leave(waiter('acme', 'api', 100));
    expect(room.crowdedAfter('initech')).toBeNull();
  });

  it('takes first of the pools with more than their part', () => {
    const room = roomOf();
    room.enter(waiter('acme', 'api', 80));
    room.enter(waiter('acme', 'disk', 20));
    const isMuch = (pools: string) => room.isMuch({ organization: 'acme', pools });
    expect([isMuch('api'), isMuch('disk'), isMuch('other')]).toEqual([true, false, false]);
  });

  it('lets parked runs come back once there is room for many, as many as fit', () => {
    const room = roomOf();
    const runs = Array.from({ length: 20 }, () => aRun({ organization: 'acme', taskId: 't' }));
    for (const run of runs) room.park(run, { pools: 'api', bytes: 10 }, Number.POSITIVE_INFINITY);
    room.enter(waiter('acme', 'api', 60));
    expect([room.parked, room.wantsPass]).toEqual([20, false]);
    room.leave(waiter('acme', 'api', 20));
    expect(room.wantsPass).toBe(true);
    room.beginPass();
    expect(runs.filter((run) => room.admits(run, 10, 0))).toHaveLength(6);
    expect(room.admits(aRun({ organization: 'acme', taskId: 'lost' }), 10, 0)).toBe(true);
    room.endPass();
    expect(room.parked).toBe(14);
    room.beginPass();
    expect(runs.slice(6).filter((run) => room.admits(run, 10, 2000))).toHaveLength(0);
    room.endPass();
    expect(room.parked).toBe(14);
  });

  it('lets some come back now and then that need pools for which nothing waits, and what is called', async () => {
    const clock = new SettableClock(0);
    const room = roomOf(clock);
    const runs = Array.from({ length: 20 }, () => aRun({ organization: 'acme', taskId: 'other' }));
    for (const run of runs) room.park(run, { pools: 'disk', bytes: 10 }, Number.POSITIVE_INFINITY);
    room.enter(waiter('acme', 'api', 100));
    const comeBack = () => {
      room.beginPass();
      const back = runs.filter((run) => room.admits(run, 10, 0));
      room.endPass();
      return back.length;
    };
    expect([room.wantsPass, comeBack()]).toEqual([true, 10]);
    expect(room.wantsPass).toBe(false);
    room.enter(waiter('acme', 'disk', 100));
    await clock.advance(6000);
    expect(room.wantsPass).toBe(false);
    room.call(runs[19]!.id);
    expect(room.wantsPass).toBe(true);
    room.beginPass();
    expect(runs.filter((run) => room.admits(run, 10, 0))).toEqual([runs[19]]);
    expect([room.answerCall(runs[19]!.id), room.answerCall(runs[0]!.id)]).toEqual([true, false]);
  });

  it('lets those come back that may not start any more, so that they end', async () => {
    const clock = new SettableClock(0);
    const room = roomOf(clock);
    const runs = [0, 1000].map((dueAt) => aRun({ organization: 'acme', taskId: 't', dueAt }));
    for (const run of runs) room.park(run, { pools: 'api', bytes: 10 }, run.dueAt + 5000);
    room.enter(waiter('acme', 'api', 100));
    expect(room.wantsPass).toBe(false);
    await clock.advance(5001);
    expect(room.wantsPass).toBe(true);
    room.beginPass();
    expect(runs.map((run) => room.admits(run, 10, 0))).toEqual([true, false]);
    room.endPass();
    expect([room.parked, room.wantsPass]).toEqual([1, false]);
    await clock.advance(1000);
    expect(room.wantsPass).toBe(true);
  });
});
