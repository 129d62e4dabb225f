import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useAsking } from '../../app/live.ts';
import type { Schemas } from '../../api/client.ts';
import { usageQuery } from '../../api/queries.ts';
import { useNow } from '../../time/clock.ts';
import { lengthOf } from '../../time/format.ts';
import { Fault, Section } from '../../ui/parts.tsx';
import { Foreign } from '../../ui/text.tsx';

/** How much of what it may have is in use? */
export function Usage(): ReactNode {
  const { data, error } = useQuery({ ...usageQuery, refetchInterval: useAsking() });
  if (error) return <Fault error={error} />;
  if (!data) return null;
  const { tasks, concurrentRuns, startsPerMinute, waiting, pools, fairness, retention, truncated } = data;
  return (
    <Section title="In use by this organization">
      <dl className="facts">
        <Line name="Tasks" {...tasks} />
        <Line name="Runs at once" {...concurrentRuns} />
        {startsPerMinute.limit !== null && <Line name="Starts in the last minute" {...startsPerMinute} />}
        {pools.map(({ name, capacity, perMs, used, holders, waiting: waits }) => (
          <Line
            key={name}
            name={<Foreign value={`Pool ${name}`} most={60} />}
            used={used}
            limit={capacity}
            note={perMs === null ? '' : ` in ${lengthOf(perMs)}`}
            waiting={waits}
          >
            <Holders holders={holders} />
          </Line>
        ))}
      </dl>
      <p className="muted">{shareInWords(fairness)}</p>
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

type Fairness = Schemas['UsageResponse']['fairness'];

/** What the organization gets beside others. */
export function shareInWords({ weight, running, due, lateness }: Fairness): string {
  const many = running === 1 ? '1 run is' : `${running.toLocaleString('en')} runs are`;
  const late =
    lateness.p50Ms === null
      ? 'Nothing started in the last five minutes.'
      : `In the last five minutes, half of the starts were at most ${lateness.p50Ms} ms late, 95 of 100 at most ${lateness.p95Ms} ms.`;
  return `${many} under way; while other organizations have work, ${due.toLocaleString('en')} may be (weight ${weight}). ${late}`;
}

/** Which runs hold units, and since when. */
function Holders({ holders }: { holders: Schemas['HolderResponse'][] }): ReactNode {
  const now = useNow();
  if (holders.length === 0) return null;
  return (
    <ul className="muted">
      {holders.map(({ runId, name, units, since }) => (
        <li key={runId}>
          <Link to="/runs/$id" params={{ id: runId }}>
            <Foreign value={name} most={60} />
          </Link>{' '}
          holds {units} for {lengthOf(Math.max(0, now - Date.parse(since)))}
        </li>
      ))}
    </ul>
  );
}

interface LineProps {
  name: ReactNode;
  used: number | null;
  limit: number | null;
  note?: string;
  waiting?: number;
  children?: ReactNode;
}

function Line({ name, used, limit, note = '', waiting = 0, children }: LineProps): ReactNode {
  const text = used === null ? 'not counted' : used.toLocaleString('en');
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {limit === null ? `${text}, no limit` : `${text} of ${limit.toLocaleString('en')}${note}`}{' '}
        {limit !== null && used !== null && (
          <meter min={0} max={limit} high={limit * 0.9} value={used} aria-label="In use" />
        )}
        {waiting > 0 && ` ${waiting.toLocaleString('en')} ${waiting === 1 ? 'run waits' : 'runs wait'}`}
        {children}
      </dd>
    </div>
  );
}
