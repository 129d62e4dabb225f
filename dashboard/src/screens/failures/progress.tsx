import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { hasEnded } from '../../api/filters.ts';
import { Outcome } from '../../ui/outcome.tsx';
import { stateOf } from './progress.model.ts';

/** Of how many runs at most the state is asked for; beyond it, the first stand for all. */
const MOST = 100;

const endedOf = (states: readonly string[] = []): number => states.filter(hasEnded).length;

/** How far runs have come that were started together. */
export function Progress({ ids }: { ids: readonly string[] }): ReactNode {
  const looked = ids.slice(0, MOST);
  const { data } = useQuery({
    queryKey: ['progress', looked],
    refetchInterval: ({ state }) => (endedOf(state.data) < looked.length ? 2000 : false),
    queryFn: () => Promise.all(looked.map(stateOf)),
  });
  const counts = new Map<string, number>();
  for (const state of data ?? []) counts.set(state, (counts.get(state) ?? 0) + 1);
  const done = endedOf(data);
  return (
    <div role="status">
      <progress max={looked.length} value={done} aria-label="Ended" />
      <p>
        {done} of {looked.length} have ended
        {ids.length > MOST && `, of the first ${MOST} among ${ids.length.toLocaleString('en')}`}.
      </p>
      <ul className="plain lines">
        {[...counts].map(([state, count]) => (
          <li key={state}>
            <Outcome state={state} /> <span className="number">{count}</span>
          </li>
        ))}
      </ul>
      <Link to="/runs" search={{ trigger: 'retry' }}>
        All retries
      </Link>
    </div>
  );
}
