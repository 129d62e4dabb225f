/** Into how many parts the tasks are divided among the instances; fixed, because the stores know the parts. */
export const SHARDS = 256;

/** The digits that make up an id's end, in their order. */
export const SHARD_DIGITS = '0123456789abcdef';

const digitOf = (id: string, place: number): number => SHARD_DIGITS.indexOf(id.at(place) ?? ' ');

/** The part to which a task belongs: the last two digits of its id, which are random or from a digest in every id. */
export const shardOf = (taskId: string): number => (digitOf(taskId, -2) * 16 + digitOf(taskId, -1)) & (SHARDS - 1);
