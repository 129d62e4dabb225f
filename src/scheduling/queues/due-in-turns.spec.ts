import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DueInTurns, type Owned } from './due-in-turns.js';

interface Named {
  key: string;
  organization: string;
  dueAt: number;
}

type Entry = Named & Owned;

const entry = (named: Named): Entry => ({ ...named, turn: 0, position: 0 });

type Step = ({ do: 'set' } & Named) | { do: 'delete'; key: string } | { do: 'pop'; instant: number };

const key = fc.integer({ min: 0, max: 40 }).map(String);
const dueAt = fc.integer({ min: 0, max: 60 });
/** A key belongs to one organization, as the id of a run does. */
const organizationOf = (name: string): string => ['acme', 'beta', 'acme', 'zeta', 'acme'][Number(name) % 5]!;
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .record({ do: fc.constant('set' as const), key, dueAt })
        .map((step): Step => ({ ...step, organization: organizationOf(step.key) })),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('pop' as const), instant: dueAt }) },
  ),
  { maxLength: 120 },
);

/** Takes out everything due by the instant. */
const drain = (line: DueInTurns<Entry>, instant: number): Entry[] => {
  const taken: Entry[] = [];
  for (let next = line.pop(instant); next; next = line.pop(instant)) taken.push(next);
  return taken;
};

const crowd = (line: DueInTurns<Entry>, organization: string, count: number, at: number) => {
  for (let i = 0; i < count; i++) {
    const name = `${organization}-${at}-${i}`;
    line.add(entry({ key: name, organization, dueAt: at }));
  }
};

describe('DueInTurns', () => {
  it('loses nothing, hands out the soonest of an organization, and passes over none twice', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const line = new DueInTurns<Entry>();
        const held = new Map<string, Entry>();
        let passedOver = new Map<string, number>();
        for (const step of list) {
          if (step.do === 'set') {
            const [former, added] = [held.get(step.key), entry(step)];
            if (former) expect(line.remove(former)).toBe(true);
            line.add(added);
            held.set(step.key, added);
          } else if (step.do === 'delete') {
            const gone = held.get(step.key);
            held.delete(step.key);
            if (gone) expect([line.remove(gone), line.remove(gone), line.has(gone)]).toEqual([true, false, false]);
          } else {
            const due = [...held.values()].filter(({ dueAt: at }) => at <= step.instant);
            expect(line.first(step.instant) === undefined).toBe(due.length === 0);
            const popped = line.pop(step.instant);
            if (!popped) continue;
            held.delete(popped.key);
            const own = due.filter(({ organization }) => organization === popped.organization);
            expect(popped.dueAt).toBe(Math.min(...own.map((each) => each.dueAt)));
            const others = new Set(due.map(({ organization }) => organization));
            others.delete(popped.organization);
            passedOver = new Map([...others].map((name) => [name, (passedOver.get(name) ?? 0) + 1]));
            // With three organizations, a waiting one has its turn after those of the two others.
            expect(Math.max(0, ...passedOver.values())).toBeLessThanOrEqual(2);
          }
          const next = Math.min(...[...held.values()].map((each) => each.dueAt));
          expect(line.nextDueAt() ?? Infinity).toBe(next);
          expect(line.values()).toHaveLength(held.size);
        }
        for (const each of held.values()) expect(line.has(each)).toBe(true);
        expect(drain(line, Infinity)).toHaveLength(held.size);
      }),
      { numRuns: 300 },
    );
  });

  it.each([0, 7])('lets no crowd stand before another organization, be it due %i ms before', (ahead) => {
    const line = new DueInTurns<Entry>();
    crowd(line, 'acme', 1000, 100 - ahead);
    crowd(line, 'beta', 2, 100);
    const order = drain(line, 100).map(({ organization }) => organization);
    expect(order.slice(0, 4)).toEqual(['acme', 'beta', 'acme', 'beta']);
    expect(order).toHaveLength(1002);
  });

  it('lets one that comes in the midst of a crowd wait for one turn of it', () => {
    const line = new DueInTurns<Entry>();
    crowd(line, 'acme', 1000, 100);
    for (let i = 0; i < 500; i++) line.pop(100);
    crowd(line, 'beta', 1, 90);
    expect([line.pop(100), line.pop(100)].map((each) => each!.organization)).toEqual(['acme', 'beta']);
  });
});
