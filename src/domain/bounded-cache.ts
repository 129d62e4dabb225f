import { LRUCache } from 'lru-cache';

/**
 * A cache of the `most` entries used last. It takes memory for what is in it, where one with a `max` takes it at once for
 * all that it may hold.
 */
export const boundedCache = <Value extends object | string | number | boolean>(
  most: number,
  options: Pick<LRUCache.Options<string, Value, unknown>, 'dispose' | 'perf' | 'ttl' | 'ttlResolution'> = {},
): LRUCache<string, Value> => new LRUCache<string, Value>({ ...options, maxSize: most, sizeCalculation: () => 1 });
