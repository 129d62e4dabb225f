import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useEvery } from '../app/live.ts';
import { statsQuery } from '../api/queries.ts';

const BAD = ['failed', 'timed_out', 'missed'] as const;

/** What did not go well in the last day, before the runs themselves. */
export function LastDay(): ReactNode {
  const { data } = useQuery({ ...statsQuery, refetchInterval: useEvery() });
  if (!data) return null;
  const { lastDay, lastHour } = data;
  const bad = BAD.filter((state) => lastDay[state] > 0);
  const succeeded = `${lastDay.succeeded.toLocaleString('en')} succeeded`;
  if (bad.length === 0)
    return <p className="healthy foot">✓ Of what ended in the last day none failed or was missed; {succeeded}.</p>;
  return (
    <p className="foot">
      Of what ended in the last day, whenever it was due:{' '}
      {bad.map((state) => (
        <span key={state}>
          <Link to="/runs" search={{ state, since: '1d', by: 'finishedAt' }} className="bad-text">
            {lastDay[state].toLocaleString('en')} {state.replace('_', ' ')}
          </Link>{' '}
          ({lastHour[state].toLocaleString('en')} of them in the last hour),{' '}
        </span>
      ))}
      {succeeded}.{' '}
      <Link to="/runs" search={{ view: 'failures' }}>
        Failures by cause
      </Link>
    </p>
  );
}
