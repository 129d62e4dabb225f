import { counted } from '../domain/counted.js';
import type { AttentionItem } from './attention-item.js';
import type { PoolUse, Usage } from './usage.js';

/** The quotas and pools that are at their limit and hold something up. */
export function limitsReached({ tasks, concurrentRuns, startsPerMinute, pools }: Usage): AttentionItem[] {
  const reached: AttentionItem[] = [];
  const add = (kind: 'quota' | 'pool', sentence: string, count: number, since: number | null = null): void =>
    void reached.push({ kind, severity: 'warning', since, sentence, count });
  if (isReached(tasks))
    add('quota', `The quota of ${counted(tasks.limit!, 'task')} is used up: no further one can be made.`, tasks.used);
  const { limit: runs, waiting } = concurrentRuns;
  if (isReached(concurrentRuns) && waiting > 0)
    add('quota', `The quota of ${counted(runs!, 'run')} at a time is used up: ${waits(waiting)} for it.`, waiting);
  const { limit: starts, waiting: toStart } = startsPerMinute;
  if (isReached(startsPerMinute) && toStart > 0)
    add(
      'quota',
      `The quota of ${counted(starts!, 'start')} in a minute is used up: ${waits(toStart)} for it.`,
      toStart,
    );
  for (const pool of pools.filter(isHeldUp)) add('pool', inWords(pool), pool.waiting, pool.holders[0]?.since ?? null);
  return reached;
}

interface Limited {
  used: number | null;
  limit: number | null;
}

const isReached = ({ used, limit }: Limited): boolean => used !== null && limit !== null && used >= limit;

/** A run may need more units than are free, and so wait although some are. */
const isHeldUp = ({ used, waiting }: PoolUse): boolean => used !== null && used > 0 && waiting > 0;

const waits = (count: number): string => `${counted(count, 'run')} ${count === 1 ? 'waits' : 'wait'}`;

function inWords({ name, capacity, used, perMs, waiting, holders }: PoolUse): string {
  const how = perMs === null ? 'held' : `used up, of those that come back in ${perMs} ms`;
  const [first] = holders;
  const who = first ? `, the longest by “${first.name}”` : '';
  return `Of the pool “${name}”, ${used} of ${counted(capacity, 'unit')} are ${how}${who}: ${waits(waiting)} for it.`;
}
