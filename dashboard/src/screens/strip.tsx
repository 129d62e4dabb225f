import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useEvery } from '../app/live.ts';
import type { Schemas } from '../api/client.ts';
import { outcomesOf } from '../api/outcomes.ts';
import { lookOf } from '../ui/outcome.tsx';

/** The last outcomes of a task; null where there is no such task. */
export const useOutcomes = (taskId: string): UseQueryResult<Schemas['TaskOutcomesResponse'] | null> =>
  useQuery({
    queryKey: ['strip', taskId],
    refetchInterval: useEvery(),
    queryFn: ({ signal }) => outcomesOf(taskId, signal),
  });

/** The last outcomes of a task, the newest at the right: one image with its words. */
export function Strip({ taskId }: { taskId: string }): ReactNode {
  const { data } = useOutcomes(taskId);
  if (!data || data.outcomes.length === 0) return <span className="muted">{data === undefined ? '' : 'none yet'}</span>;
  const counts = new Map<string, number>();
  for (const { outcome, count } of data.outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + count);
  const said = [...counts]
    .map(([outcome, count]) => `${count.toLocaleString('en')} ${lookOf(outcome).word}`)
    .join(', ');
  const row = data.failuresInRow > 1 ? `; ${data.failuresInRow} failures in a row` : '';
  return (
    <span className="outcomes" role="img" aria-label={`Last outcomes: ${said}${row}`} title={`${said}${row}`}>
      {data.outcomes.map(({ scheduledFor, from, outcome, count, runId }) => {
        const { sign, tone } = lookOf(outcome);
        return (
          <i key={`${scheduledFor ?? from ?? ''} ${runId ?? ''}`} className={count > 1 ? `${tone} many` : tone}>
            {sign}
          </i>
        );
      })}
    </span>
  );
}
