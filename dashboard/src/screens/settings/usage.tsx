import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useAsking } from '../../app/live.ts';
import type { Schemas } from '../../api/client.ts';
import { usageQuery } from '../../api/queries.ts';
import { lengthOf } from '../../time/format.ts';
import { Fault, Section } from '../../ui/parts.tsx';
import { Foreign } from '../../ui/text.tsx';

/** How much of what it may have is in use? */
export function Usage(): ReactNode {
  const { data, error } = useQuery({ ...usageQuery, refetchInterval: useAsking() });
  if (error) return <Fault error={error} />;
  if (!data) return null;
  const { tasks, concurrentRuns, startsPerMinute, waiting, pools, retention, truncated } = data;
  return (
    <Section title="In use by this organization">
      <dl className="facts">
        <Line name="Tasks" {...tasks} />
        <Line name="Runs at once" {...concurrentRuns} />
        {startsPerMinute.limit !== null && <Line name="Starts in the last minute" {...startsPerMinute} />}
        {pools.map(({ name, capacity, perMs, used }) => (
          <Line
            key={name}
            name={<Foreign value={`Pool ${name}`} most={60} />}
            used={used}
            limit={capacity}
            note={perMs === null ? '' : ` in ${lengthOf(perMs)}`}
          />
        ))}
      </dl>
      <p className="muted">
        {waiting === 0 ? 'Nothing waits.' : `${waiting.toLocaleString('en')} due runs wait.`}
        {truncated && ' Not all is counted.'}
      </p>
      <p className="muted">{keptInWords(retention)}</p>
    </Section>
  );
}

function keptInWords({ runsDays, failedRunsDays }: Schemas['UsageResponse']['retention']): string {
  const days = (count: number) => (count === 1 ? 'a day' : `${count} days`);
  const kept = `Finished runs are kept for ${days(runsDays)}`;
  return runsDays === failedRunsDays ? `${kept}.` : `${kept}, failed ones for ${days(failedRunsDays)}.`;
}

interface LineProps {
  name: ReactNode;
  used: number | null;
  limit: number | null;
  note?: string;
}

function Line({ name, used, limit, note = '' }: LineProps): ReactNode {
  const text = used === null ? 'not counted' : used.toLocaleString('en');
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {limit === null ? `${text}, no limit` : `${text} of ${limit.toLocaleString('en')}${note}`}{' '}
        {limit !== null && used !== null && (
          <meter min={0} max={limit} high={limit * 0.9} value={used} aria-label="In use" />
        )}
      </dd>
    </div>
  );
}
