import type { RunFilter } from '../api/filters.ts';
import { lengthOf } from '../time/format.ts';

/** What a list of runs is narrowed to, in words, and the members of the filter that say so. */
export interface RunChip {
  name: string;
  value: string | undefined;
  members: (keyof RunFilter)[];
}

const SINCE_WORDS = { '1h': 'hour', '8h': '8 hours', '1d': 'day', '7d': '7 days' } as const;
const BY_WORDS = { startedAt: 'started in', finishedAt: 'ended in' } as const;

const longerThan = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : `${lengthOf(ms)} or more`;

export function chipsOf(filter: RunFilter): RunChip[] {
  const { only, since, by } = filter;
  return [
    {
      name: 'only',
      value: only && (only === 'bad' ? 'what went wrong' : 'what nothing has mended'),
      members: ['only'],
    },
    { name: 'state', value: filter.state?.replace('_', ' '), members: ['state'] },
    { name: 'started by', value: filter.trigger, members: ['trigger'] },
    {
      name: by ? BY_WORDS[by] : 'planned in',
      value: since && `the last ${SINCE_WORDS[since]}`,
      members: ['since', 'by'],
    },
    { name: 'task', value: filter.taskId, members: ['taskId'] },
    { name: 'tag', value: filter.tag, members: ['tag'] },
    { name: 'code', value: filter.code, members: ['code'] },
    { name: 'text', value: filter.text, members: ['text'] },
    { name: 'event', value: filter.eventId, members: ['eventId'] },
    { name: 'driven again', value: filter.retryOf, members: ['retryOf'] },
    { name: 'instance', value: filter.instance, members: ['instance'] },
    { name: 'started late by', value: longerThan(filter.minLatenessMs), members: ['minLatenessMs'] },
    { name: 'took', value: longerThan(filter.minDurationMs), members: ['minDurationMs'] },
    { name: 'order', value: filter.order && 'oldest first', members: ['order'] },
  ];
}
