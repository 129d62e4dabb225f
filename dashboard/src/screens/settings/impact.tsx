import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, got, type Schemas } from '../../api/client.ts';
import { useSteady } from '../../app/steady.ts';
import type { Draft } from '../../forms/draft.ts';
import { lengthOf } from '../../time/format.ts';
import { TaskLink } from '../../ui/links.tsx';
import { Foreign } from '../../ui/text.tsx';
import { At } from '../../ui/time.tsx';
import { excessOf, QUOTAS, untold } from './quotas.ts';

type Impact = Schemas['SettingsImpactResponse'];

/** How long nothing must have been typed before the service is asked (ms). */
const PAUSE_MS = 400;

/** What saving would do to tasks, and to what is in use. The service works it out and stores nothing. */
export function Effect({ draft }: { draft: Draft }): ReactNode {
  const steady = useSteady(draft, PAUSE_MS);
  const { data, error } = useQuery({
    queryKey: ['settings-impact', steady],
    staleTime: 5000,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => got(api.POST('/v1/settings/impact', { body: steady as never, signal })),
  });
  if (error) return <p className="field-fault">{untold(error)}</p>;
  if (!data) return <p className="muted">The effect of these settings is being worked out.</p>;
  return <Told impact={data} />;
}

function Told({ impact }: { impact: Impact }): ReactNode {
  const { tasks, quotas, pools, truncated } = impact;
  const isNothing = tasks.length + quotas.length + pools.length === 0;
  return (
    <div role="status">
      <ul className="plain lines" aria-label="What it would do">
        {quotas.map((quota) => (
          <li key={quota.name}>
            {QUOTAS[quota.name]}: <Limit value={quota.before} /> → <Limit value={quota.after} />
            {quota.used !== null && `, ${quota.used.toLocaleString('en')} in use`}
            {quota.isOver && <b>: {excessOf(quota.name)}</b>}
          </li>
        ))}
        {pools.map((pool) => (
          <li key={pool.name}>
            Pool <Foreign value={pool.name} most={60} />: {sizeOf(pool.before)} → {sizeOf(pool.after)}
            {pool.used !== null && `, ${pool.used.toLocaleString('en')} in use`}
            {pool.tooSmallFor > 0 && (
              <b>
                : too small for {pool.tooSmallFor === 1 ? 'a task, whose' : `${pool.tooSmallFor} tasks, whose`} runs
                would wait for good
              </b>
            )}
          </li>
        ))}
        {tasks.map((task) => (
          <li key={task.id}>
            <MovedTask {...task} />
          </li>
        ))}
      </ul>
      {isNothing && <p className="muted">No coming occurrence moves, and nothing that is in use is concerned.</p>}
      {truncated && <p className="muted">Not all tasks were looked at, or not all that change are told.</p>}
    </div>
  );
}

function MovedTask({ id, name, count, changed }: Impact['tasks'][number]): ReactNode {
  return (
    <>
      <TaskLink id={id} name={name} />:{' '}
      {count === 1 ? 'one coming occurrence changes' : `${count} coming occurrences change`}
      <ul className="plain">
        {changed.slice(0, 3).map(({ at, from, to }) => (
          <li key={at}>
            <At at={from ?? at} />{' '}
            {to === null ? (
              'would not run'
            ) : from === null ? (
              'would run'
            ) : (
              <>
                would start at <At at={to} />
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

const Limit = ({ value }: { value: number | null }): ReactNode =>
  value === null ? 'no limit' : value.toLocaleString('en');

const sizeOf = ({ capacity, perMs }: Schemas['PoolSizeResponse']): string =>
  perMs === null ? capacity.toLocaleString('en') : `${capacity.toLocaleString('en')} in ${lengthOf(perMs)}`;
