import { bucketOf } from '../domain/ids.js';
import { SHARDS } from '../domain/shards.js';

const HASHES = 0xffffffff;

/**
 * Divides the shards between instances: each shard ranks the instances by a hash of both (rendezvous hashing) and
 * belongs to the first. All who know the same instances get the same map; an instance that joins or leaves moves only
 * its own shards.
 */
export class ShardMap {
  private readonly ranks: string[][];

  constructor(instances: readonly string[]) {
    const hashed = instances.map((id) => ({ id, hash: bucketOf(id, HASHES) }));
    this.ranks = Array.from({ length: SHARDS }, (_, shard) => ranked(hashed, shard));
  }

  /** The instance's rank for the shard, 0 for its owner; infinite for an instance outside the map. */
  rankOf(instance: string, shard: number): number {
    const rank = this.ranks[shard]!.indexOf(instance);
    return rank < 0 ? Number.POSITIVE_INFINITY : rank;
  }

  /** The shards that belong to the instance, ascending. */
  ownedBy(instance: string): number[] {
    return this.shardsWhere((owner) => owner === instance);
  }

  /** The shards that belong to others, ascending. */
  ownedByOthers(instance: string): number[] {
    return this.shardsWhere((owner) => owner !== instance);
  }

  private shardsWhere(accepts: (owner: string) => boolean): number[] {
    return this.ranks.flatMap(([owner], shard) => (accepts(owner!) ? [shard] : []));
  }
}

function ranked(instances: readonly { id: string; hash: number }[], shard: number): string[] {
  const weighed = instances.map(({ id, hash }) => ({ id, weight: mixed(hash ^ Math.imul(shard + 1, 0x9e3779b1)) }));
  return weighed.toSorted((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
}

/** Mixes a number: each bit of the result depends on every bit of the input (the finalizer of MurmurHash3). */
function mixed(number: number): number {
  const once = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
