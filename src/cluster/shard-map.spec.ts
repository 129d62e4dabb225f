import { describe, expect, it } from '@jest/globals';
import { newId } from '../domain/ids.js';
import { SHARDS, shardOf } from '../domain/shards.js';
import { ShardMap } from './shard-map.js';

const ids = (count: number) => Array.from({ length: count }, (_, i) => newId(i));
const ownersOf = (instances: string[]) => {
  const map = new ShardMap(instances);
  return Array.from({ length: SHARDS }, (_, shard) => instances.find((id) => map.rankOf(id, shard) === 0));
};

describe('ShardMap', () => {
  it('gives every shard to one instance, whatever the order in which they are known', () => {
    const instances = ids(5);
    const map = new ShardMap(instances);
    const owned = instances.flatMap((id) => map.ownedBy(id)).sort((a, b) => a - b);
    expect(owned).toEqual(Array.from({ length: SHARDS }, (_, shard) => shard));
    expect(ownersOf(instances.toReversed())).toEqual(ownersOf(instances));
  });

  it('divides them about evenly', () => {
    const instances = ids(4);
    const map = new ShardMap(instances);
    for (const id of instances) {
      expect(map.ownedBy(id).length).toBeGreaterThan(SHARDS / 8);
      expect(map.ownedBy(id).length).toBeLessThan(SHARDS / 2);
    }
  });

  it('moves no shard but those of an instance that comes or goes, which pass to the next in rank', () => {
    const [gone, ...rest] = ids(4) as [string, ...string[]];
    const [before, after] = [ownersOf([gone, ...rest]), ownersOf(rest)];
    const full = new ShardMap([gone, ...rest]);
    before.forEach((owner, shard) => {
      if (owner !== gone) expect(after[shard]).toBe(owner);
      else expect(full.rankOf(after[shard]!, shard)).toBe(1);
    });
  });

  it('has no rank for an instance that it does not know', () => {
    expect(new ShardMap(ids(1)).rankOf('stranger', 0)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('shardOf', () => {
  it('spreads ids that were made at the same instant over all shards', () => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 64 * SHARDS; i++) {
      const shard = shardOf(newId(0));
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect(counts.size).toBe(SHARDS);
    expect(Math.max(...counts.values())).toBeLessThan(2 * 64);
    expect([...counts.keys()].every((shard) => Number.isInteger(shard) && shard >= 0 && shard < SHARDS)).toBe(true);
  });
});
