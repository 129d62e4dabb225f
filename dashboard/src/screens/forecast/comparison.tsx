import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, got, type Schemas } from '../../api/client.ts';
import { Fault } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { excessIn, linesOf } from './comparison.model.ts';

/** What the load is compared with: the same as the service takes. */
export type Plan = Partial<Schemas['ForecastPlanRequest']>;

/** The busiest parts of a time, as things are and by another plan. The service works it out and stores nothing. */
export function Comparison({ plan }: { plan: Plan }): ReactNode {
  const { data, error } = useQuery({
    queryKey: ['forecast-plan', plan],
    staleTime: 30_000,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => got(api.POST('/v1/forecast', { body: plan as never, signal })),
  });
  if (error) return <Fault error={error} />;
  if (!data) return <p className="muted">The load is being worked out.</p>;
  const excess = excessIn(data);
  return (
    <div role="status">
      <Table
        label="The load, compared"
        items={linesOf(data)}
        keyOf={({ what }) => what}
        columns={[
          { name: 'Starts', cell: ({ what }) => what },
          { name: 'As it is', cell: ({ before }) => before.toLocaleString('en') },
          { name: 'Then', cell: ({ after }) => <b>{after.toLocaleString('en')}</b> },
        ]}
      />
      {excess !== null && <p className="warning">{excess}</p>}
      {data.truncated && (
        <p className="muted">There are more tasks or starts than were looked at: it is more than this.</p>
      )}
    </div>
  );
}
