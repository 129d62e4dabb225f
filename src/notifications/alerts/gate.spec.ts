import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Alert } from './alert.js';
import { admitted, gateOf, OPEN_GATE, type Gate, type Group } from './gate.js';

const HOUR_MS = 3_600_000;
const alert = (id: string): Alert => ({
  ...{ id, kind: 'failure', at: 0, taskId: null, taskName: null, runId: null, text: '', error: null, failures: null },
});

/** The messages into which alerts go that come at these times (ms). */
function groups(limits: { groupMs?: number; maxPerHour?: number }, times: readonly number[]): Group[] {
  let gate: Gate = OPEN_GATE;
  return times.map((at, n) => {
    const rule = { id: 'r', groupMs: 0, maxPerHour: 60, ...limits };
    const result = admitted(gate, rule, alert(`a-${n}`), at);
    gate = result.gate;
    return result.group;
  });
}

describe('the gate of a rule', () => {
  it('lets each alert through by itself unless the rule groups them', () => {
    expect(new Set(groups({}, [10_000_000, 10_000_001]).map(({ id }) => id)).size).toBe(2);
    const [first, second, third] = groups({ groupMs: 60_000 }, [1e7, 1e7 + 59_999, 1e7 + 60_000]);
    expect(second).toBe(first);
    expect(first!.dueAt).toBe(1e7 + 60_000);
    expect(third!.id).not.toBe(first!.id);
  });

  it('holds back what is too much for an hour, in one message at the end of it', () => {
    const all = groups({ maxPerHour: 2 }, [1e7, 1e7 + 1, 1e7 + 2, 1e7 + 3, 1e7 + HOUR_MS]);
    expect(all.map(({ isExcess }) => isExcess)).toEqual([false, false, true, true, false]);
    expect(all[3]).toBe(all[2]);
    expect(all[2]!.dueAt).toBe(1e7 + HOUR_MS);
  });

  it('has an alert that goes by itself go into the same message, also after it was forgotten', () => {
    const rule = { id: 'r', groupMs: 0, maxPerHour: 60 };
    const first = admitted(OPEN_GATE, rule, alert('a'), 1e7);
    expect(admitted(OPEN_GATE, rule, alert('a'), 2e7).group.id).toBe(first.group.id);
  });

  it('knows where an alert went that comes again', () => {
    const rule = { id: 'r', groupMs: 0, maxPerHour: 1 };
    const first = admitted(OPEN_GATE, rule, alert('a'), 1e7);
    const again = admitted(first.gate, rule, alert('a'), 1e7 + 9 * HOUR_MS);
    expect(again).toEqual({ gate: first.gate, group: first.group });
    expect(again.gate).toBe(first.gate);
  });

  it('knows of the latest two thousand, whatever messages they went into', () => {
    const rule = { id: 'r', groupMs: 1000, maxPerHour: 5000 };
    let gate: Gate = OPEN_GATE;
    const name = (n: number) => `a-${String(n).padStart(12, '0')}`;
    const first: Group[] = [];
    for (let n = 0; n < 2100; n++) {
      const result = admitted(gate, rule, alert(name(n)), 1e7 + 100 * n);
      gate = result.gate;
      first.push(result.group);
    }
    for (const n of [100, 101, 999, 2099])
      expect(admitted(gate, rule, alert(name(n)), 2e7)).toEqual({ gate, group: first[n] });
    expect(admitted(gate, rule, alert(name(99)), 2e7).gate).not.toBe(gate);
  });

  it('knows of two hundred messages, and what was stored one by one', () => {
    const rule = { id: 'r', groupMs: 0, maxPerHour: 5000 };
    let gate: Gate = OPEN_GATE;
    for (let n = 0; n < 250; n++) gate = admitted(gate, rule, alert(`a-${String(n).padStart(12, '0')}`), 1e7).gate;
    expect(gate.told).toHaveLength(200);
    const group = { id: 'g', at: 1, dueAt: 2, isExcess: false };
    const former = gateOf({ known: [{ alert: 'x-000000000001', group }], sent: 3 });
    expect(former).toEqual({ ...OPEN_GATE, told: [{ group, alerts: ['000000000001'] }], sent: 3 });
  });

  it('never lets more messages through within an hour than one beyond the most', () => {
    const times = fc.array(fc.nat(600_000), { maxLength: 200 }).map((gaps) => {
      let at = 1e9;
      return gaps.map((gap) => (at += gap));
    });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 5 }), fc.nat(30_000), (all, maxPerHour, groupMs) => {
        const sent = [...new Map(groups({ maxPerHour, groupMs }, all).map((group) => [group.id, group])).values()];
        for (const { dueAt, isExcess } of sent) {
          if (isExcess) continue;
          const near = sent.filter((each) => each.dueAt >= dueAt && each.dueAt < dueAt + HOUR_MS);
          // An hour that begins anywhere touches two hours of the gate.
          expect(near.length).toBeLessThanOrEqual(2 * (maxPerHour + 1));
        }
      }),
    );
  });
});
