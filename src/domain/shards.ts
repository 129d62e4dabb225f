/** The number of parts that instances divide the tasks into; fixed, because the stores depend on it. */
export const SHARDS = 256;

/** The possible last digits of an id, in order. */
export const SHARD_DIGITS = '0123456789abcdef';

const digitOf = (id: string, place: number): number => SHARD_DIGITS.indexOf(id.at(place) ?? ' ');

/** The shard of a task: the last two digits of its id, which are random or from a digest in every id. */
export const shardOf = (taskId: string): number => (digitOf(taskId, -2) * 16 + digitOf(taskId, -1)) & (SHARDS - 1);
