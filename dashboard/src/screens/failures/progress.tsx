import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api, got, Refusal, type Run } from '../../api/client.ts';
import { Outcome } from '../../ui/outcome.tsx';

/** Of how many runs at most the state is asked for; beyond it, the first stand for all. */
const MOST = 100;
const FINISHED = ['succeeded', 'failed', 'timed_out', 'cancelled', 'skipped', 'missed'];
const ended = new Map<string, Run['state']>();

/** The state of a run that is not known to have ended. One that is gone counts as cancelled. */
async function stateOf(id: string): Promise<Run['state']> {
  const known = ended.get(id);
  if (known !== undefined) return known;
  try {
    const { state } = await got(api.GET('/v1/runs/{id}', { params: { path: { id } } }));
    if (FINISHED.includes(state)) ended.set(id, state);
    return state;
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return 'pending';
    throw error;
  }
}

/** How far runs have come that were started together. */
export function Progress({ ids }: { ids: readonly string[] }): ReactNode {
  const looked = ids.slice(0, MOST);
  const { data } = useQuery({
    queryKey: ['progress', looked],
    refetchInterval: ({ state }) =>
      (state.data ?? []).filter((each) => FINISHED.includes(each)).length < looked.length ? 2000 : false,
    queryFn: () => Promise.all(looked.map(stateOf)),
  });
  const counts = new Map<string, number>();
  for (const state of data ?? []) counts.set(state, (counts.get(state) ?? 0) + 1);
  const done = (data ?? []).filter((each) => FINISHED.includes(each)).length;
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
