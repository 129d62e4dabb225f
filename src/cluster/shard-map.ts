import { bucketOf } from '../domain/ids.js';
import { SHARDS } from '../domain/shards.js';

const WEIGHTS = 0xffffffff;

/**
 * How some instances divide the shards: each shard ranks them by a hash of both (rendezvous hashing), and belongs to the
 * first. Whoever knows the same instances comes to the same map, and one that comes or goes moves its own shards only.
 */
export class ShardMap {
  private readonly ranks: string[][];

  constructor(instances: readonly string[]) {
    this.ranks = Array.from({ length: SHARDS }, (_, shard) => ranked(instances, shard));
  }

  /** The instance's rank for the shard, from 0 for its owner; infinite for one that is not in the map. */
  rankOf(instance: string, shard: number): number {
    const rank = this.ranks[shard]!.indexOf(instance);
    return rank < 0 ? Number.POSITIVE_INFINITY : rank;
  }

  /** The shards that belong to the instance, ascending. */
  ownedBy(instance: string): number[] {
    return this.ranks.flatMap(([owner], shard) => (owner === instance ? [shard] : []));
  }
}

function ranked(instances: readonly string[], shard: number): string[] {
  const weighed = instances.map((id) => ({ id, weight: bucketOf(`${shard}/${id}`, WEIGHTS) }));
  return weighed.toSorted((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
}
