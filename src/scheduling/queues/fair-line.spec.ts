import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FairLine } from './fair-line.js';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

interface Item {
  key: string;
  organization: string;
  priority: number;
  since: number;
  isGone: boolean;
}
const ready = (organization: string, key: string, priority = 5, since = 0): Item => ({
  ...{ key, organization, priority, since, isGone: false },
});

/** The same line as its definition says it: for each item, all organizations and all of their items are compared. */
class LineByDefinition {
  private readonly members = new Map<string, { waiting: Item[]; nextTurn: number; lastServed: number }>();
  private readonly gone = new Map<string, number>();
  private now = 0;
  private turns = 0;

  constructor(private readonly weightOf: (organization: string) => number) {}

  push(item: Item): void {
    const member = this.members.get(item.organization);
    if (member) return void member.waiting.push(item);
    const nextTurn = Math.max(this.now, this.gone.get(item.organization) ?? 0);
    this.gone.delete(item.organization);
    this.members.set(item.organization, { waiting: [item], nextTurn, lastServed: 0 });
  }

  remove({ organization, key }: Item): void {
    const member = this.members.get(organization)!;
    member.waiting = member.waiting.filter((other) => other.key !== key);
    if (member.waiting.length === 0) this.leave(organization);
  }

  shift(admits: (name: string) => boolean): Item | undefined {
    const [first] = [...this.members]
      .filter(([name]) => admits(name))
      .sort(([, a], [, b]) =>
        Math.abs(a.nextTurn - b.nextTurn) > 1e-9 ? a.nextTurn - b.nextTurn : a.lastServed - b.lastServed,
      );
    if (!first) return undefined;
    const [name, member] = first;
    this.now = member.nextTurn;
    member.nextTurn += 1 / (this.members.size > 1 ? this.weightOf(name) : 1);
    member.lastServed = ++this.turns;
    const [item] = member.waiting.toSorted((a, b) => rankOf(a) - rankOf(b) || b.priority - a.priority);
    this.remove(item!);
    return item;
  }

  private leave(name: string): void {
    const { nextTurn } = this.members.get(name)!;
    this.members.delete(name);
    if (nextTurn > this.now) this.gone.set(name, nextTurn);
  }
}

const rankOf = ({ priority, since }: Item) => since - 10_000 * priority;

const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ push: fc.constantFrom(...NAMES), priority: fc.nat(9), passed: fc.nat(15_000) }) },
  { weight: 1, arbitrary: fc.record({ drop: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ take: fc.nat(6), refused: fc.subarray(NAMES) }) },
);

describe('FairLine', () => {
  it('gives each item to the organization that its definition names', () => {
    const weights = fc.array(fc.constantFrom(0.1, 0.5, 1, 1.5, 2, 3, 7, 100), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 200 }), weights, (steps, weight) => {
        const weightOf = (name: string) => weight[NAMES.indexOf(name)]!;
        const [line, model] = [new FairLine<Item>(weightOf), new LineByDefinition(weightOf)];
        const waiting = new Map<string, Item>();
        let [made, now] = [0, 0];
        for (const step of steps) {
          if ('push' in step) {
            const item = ready(step.push, `${step.push}${made++}`, step.priority, (now += step.passed));
            waiting.set(item.key, item);
            line.push(item);
            model.push(item);
          } else if ('drop' in step) {
            const dropped = [...waiting.values()][step.drop % Math.max(1, waiting.size)];
            if (!dropped) continue;
            waiting.delete(dropped.key);
            line.remove(dropped);
            model.remove(dropped);
          } else {
            const [taken, expected]: [string[], string[]] = [[], []];
            const admits = (name: string) => !step.refused.includes(name);
            const take = ({ key }: Item) => void (taken.push(key), waiting.delete(key));
            line.take({ goesOn: () => taken.length < step.take, admits, take });
            while (expected.length < step.take) {
              const item = model.shift(admits);
              if (!item) break;
              expected.push(item.key);
            }
            expect(taken).toEqual(expected);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('asks for an organization a few times an item only, however many organizations wait', () => {
    const line = new FairLine<Item>(() => 1);
    const [organizations, each] = [3000, 10];
    for (let n = 0; n < each; n++)
      for (let name = 0; name < organizations; name++) line.push(ready(`o${name}`, `${name}/${n}`));
    let asked = 0;
    const taken: Item[] = [];
    for (let before = -1; before < taken.length;) {
      before = taken.length;
      line.take({
        goesOn: () => taken.length - before < 100,
        // One in three is refused each time.
        admits: (name) => ++asked > 0 && (name.length + before / 100) % 3 > 0,
        take: (item) => void taken.push(item),
      });
      if (before > 0 && taken.length === organizations * each) break;
    }
    expect(taken.length).toBeGreaterThan(20_000);
    expect(asked).toBeLessThan(20 * organizations * each);
  });

  it('asks nobody any more when there is nothing left to give', () => {
    const line = new FairLine<Item>(() => 1);
    for (let name = 0; name < 1000; name++) line.push(ready(`o${name}`, `${name}`));
    let asked = 0;
    let left = 1;
    const admission = { goesOn: () => left > 0, admits: () => ++asked > 0, take: () => void left-- };
    line.take(admission);
    expect(asked).toBe(1);
  });
});
