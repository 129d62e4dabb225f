import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Need } from '../domain/need.js';
import { isInPart } from '../domain/part.js';
import { SHARDS } from '../domain/shards.js';
import { Division, type Member } from './division.js';
import { Capability, type InstanceWork } from './instance-work.js';

const QUEUES = ['default', 'heavy', 'mail', 'other'];
const HANDLERS = ['a', 'b', 'c'];

const works: fc.Arbitrary<InstanceWork | undefined> = fc.option(
  fc.record({
    works: fc.boolean(),
    queues: fc.option(fc.uniqueArray(fc.constantFrom('default', 'heavy', 'mail'), { minLength: 1 })),
    actions: fc.constant(['http']),
    handlers: fc.uniqueArray(fc.constantFrom(...HANDLERS)),
    triggerTypes: fc.uniqueArray(fc.constantFrom('acme:moon'), { maxLength: 1 }),
  }),
  { nil: undefined, freq: 8 },
);
const fleets: fc.Arbitrary<Member[]> = fc
  .array(works, { minLength: 1, maxLength: 5 })
  .map((all) => all.map((work, index) => ({ id: `instance-${index}`, work })));
const needs: fc.Arbitrary<Need> = fc.record({
  queue: fc.constantFrom(...QUEUES),
  skill: fc.option(fc.constantFrom(...HANDLERS.map((name) => `handler:${name}`))),
  triggerTypes: fc.uniqueArray(fc.constantFrom('acme:moon'), { maxLength: 1 }),
});
const shards = fc.integer({ min: 0, max: SHARDS - 1 });

const stored = ({ queue, skill }: Need) => ({
  ...(queue !== 'default' && { queue }),
  ...(skill !== null && { skill }),
});
const divisions = (members: Member[]) => members.map(({ id }) => new Division(members, id));
const able = (members: Member[], need: Need) => members.filter(({ work }) => new Capability(work).meets(need));
const equals = (count: number, work: InstanceWork): Member[] =>
  Array.from({ length: count }, (_, index) => ({ id: `instance-${index}`, work }));

const PLAIN: InstanceWork = { works: true, queues: null, actions: ['http'], handlers: ['a'], triggerTypes: [] };

describe('the division of the tasks', () => {
  it('ranks exactly those that can run a task, with one owner, unless all work the same', () => {
    fc.assert(
      fc.property(fleets, needs, shards, (members, need, shard) => {
        const all = divisions(members);
        if (all[0]!.isAlike) return;
        const ranks = all.map((division) => division.rankOf(shard, need)).filter(Number.isFinite);
        expect(ranks.sort((a, b) => a - b)).toEqual(able(members, need).map((_, rank) => rank));
      }),
    );
  });

  it('lets each task be looked for by its owner, and by everybody else who can run it among those of others', () => {
    fc.assert(
      fc.property(fleets, needs, shards, fc.boolean(), (members, need, shard, isFiltered) => {
        for (const [index, division] of divisions(members).entries()) {
          const capability = new Capability(members[index]!.work);
          const { own, others } = division.portions(isFiltered);
          const finds = ({ shards: given, parts }: typeof own) =>
            parts ? parts.some((part) => isInPart(part, stored(need), shard)) : (given?.includes(shard) ?? true);
          // An instance knows what it works itself.
          if (members[index]!.work === undefined || !capability.meets(need)) continue;
          if (division.rankOf(shard, need) === 0) expect(finds(own)).toBe(true);
          else expect(finds(others)).toBe(true);
        }
      }),
    );
  });

  it('lets nobody look for what the store knows that it cannot run, unless all work the same', () => {
    fc.assert(
      fc.property(fleets, needs, shards, (members, need, shard) => {
        const known = { ...need, triggerTypes: [] };
        for (const [index, division] of divisions(members).entries()) {
          if (new Capability(members[index]!.work).meets(known) || members[index]!.work === undefined) continue;
          const { own, others } = division.portions(true);
          for (const { parts } of [own, others])
            expect(parts!.some((part) => isInPart(part, stored(need), shard))).toBe(false);
          expect(division.reach(true)!.some((part) => isInPart(part, stored(need)))).toBe(false);
        }
      }),
    );
  });

  it('gives equals the same shards as before, and asks the store for nothing else', () => {
    const members = equals(3, PLAIN);
    const owned = divisions(members).map((division) => {
      const { own, others } = division.portions(false);
      expect([own.parts, others.parts, division.reach(false)]).toEqual([undefined, undefined, undefined]);
      expect([...own.shards!, ...others.shards!].sort((a, b) => a - b)).toEqual([...Array(SHARDS).keys()]);
      return own.shards!;
    });
    expect(owned.flat().sort((a, b) => a - b)).toEqual([...Array(SHARDS).keys()]);
    expect(new Division(equals(1, PLAIN), 'instance-0').portions(false)).toEqual({
      own: { shards: undefined },
      others: { shards: [] },
    });
  });

  it('counts an instance that only schedules in nothing', () => {
    const idle = { id: 'scheduler', work: { ...PLAIN, works: false, handlers: [] } };
    const members = [...equals(2, PLAIN), idle];
    const division = new Division(members, 'instance-0');
    expect([division.isAlike, division.isMixed]).toEqual([true, true]);
    expect(division.portions(false)).toEqual(new Division(equals(2, PLAIN), 'instance-0').portions(false));
    expect(new Division(members, 'scheduler').portions(false)).toEqual({ own: { parts: [] }, others: { parts: [] } });
  });

  it('needs no more parts than there are classes, and no shards beyond that', () => {
    const members = Array.from({ length: 40 }, (_, index) => ({
      id: `instance-${index}`,
      work: { ...PLAIN, handlers: ['a', `only-${index}`], queues: index % 2 ? null : ['default', `q-${index}`] },
    }));
    const { own } = new Division(members, 'instance-1').portions(false);
    expect(own.parts!.length).toBeLessThanOrEqual(32);
    const five = new Division(
      members.slice(0, 5).map(({ id, work }) => ({ id, work: { ...work, queues: null } })),
      'instance-1',
    );
    expect(five.portions(false).own.parts).toHaveLength(2);
  });
});
