import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useEvery } from '../app/live.ts';
import type { Schemas } from '../api/client.ts';
import {
  attentionQuery,
  forecastQuery,
  instancesQuery,
  queuesQuery,
  runsQuery,
  statsQuery,
  upcomingQuery,
} from '../api/queries.ts';
import { useNow } from '../time/clock.ts';
import { lengthOf } from '../time/format.ts';
import { RunLink, TaskLink } from '../ui/links.tsx';
import { Empty, Fault, Head, Section } from '../ui/parts.tsx';
import { Foreign } from '../ui/text.tsx';
import { At, When } from '../ui/time.tsx';
import { concernsOf } from './attention.ts';
import { FirstStep } from './first-step.tsx';
import { Instance } from './instance.tsx';
import { Series } from './series.tsx';

type Stats = Schemas['StatsResponse'];

/** Is anything wrong, and what is next? */
export function Overview(): ReactNode {
  const refetchInterval = useEvery();
  const { data: stats, error } = useQuery({ ...statsQuery, refetchInterval });
  const { data: instances } = useQuery({ ...instancesQuery, refetchInterval });
  const { data: queues } = useQuery({ ...queuesQuery, refetchInterval });
  const { data: forecast } = useQuery({ ...forecastQuery(1), refetchInterval: useEvery(60_000) });
  const { data: attention } = useQuery({ ...attentionQuery, refetchInterval: useEvery(10_000) });
  const isNew = stats !== undefined && stats.tasks.active + stats.tasks.paused + stats.tasks.completed === 0;
  return (
    <>
      <Head title="Overview" />
      {error && <Fault error={error} />}
      {isNew && <FirstStep />}
      <div className="overview">
        <Attention known={{ stats, instances, queues, forecast, attention }} />
        <div className="column">
          {stats && <Figures stats={stats} />}
          {stats && <Coming stats={stats} forecast={forecast} />}
        </div>
        <div className="column">
          <Running />
          <Section title="Instances" aside={<Link to="/instances">All</Link>}>
            <ul className="plain">
              {instances?.items
                .filter(({ alive }) => alive)
                .slice(0, 6)
                .map((each) => (
                  <Instance key={each.id} instance={each} />
                ))}
            </ul>
          </Section>
        </div>
      </div>
    </>
  );
}

function Attention({ known }: { known: Parameters<typeof concernsOf>[0] }): ReactNode {
  const concerns = concernsOf(known);
  const isKnown = known.stats !== undefined && known.instances !== undefined;
  return (
    <Section title="Needs attention">
      {isKnown && concerns.length === 0 && (
        <p className="healthy">
          <span aria-hidden="true">✓</span> Nothing does. Last look: <At at={known.stats!.at} />
        </p>
      )}
      <ul className="concerns">
        {concerns.map(({ id, tone, name, sentence, to, params, search }) => (
          <li key={id} className={tone}>
            <span aria-hidden="true" className="sign">
              {tone === 'bad' ? '!' : '▲'}
            </span>
            <Link to={to} params={(params ?? {}) as never} search={(search ?? {}) as never}>
              {name !== undefined && (
                <>
                  <b>
                    <Foreign value={name} most={80} />
                  </b>
                  :{' '}
                </>
              )}
              <Foreign value={sentence} most={300} />
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

const TOTALS = ['succeeded', 'failed', 'timed_out', 'missed', 'skipped', 'cancelled'] as const;

function Figures({ stats }: { stats: Stats }): ReactNode {
  const { p50Ms, p95Ms, p99Ms, worstMs } = stats.lateness;
  const shown = (ms: number | null): string => (ms === null ? '–' : lengthOf(ms));
  return (
    <Section title="Outcomes and lateness">
      <table className="figures">
        <thead>
          <tr>
            <th scope="col">Outcome</th>
            <th scope="col">Last hour</th>
            <th scope="col">Last day</th>
          </tr>
        </thead>
        <tbody>
          {TOTALS.map((state) => (
            <tr key={state} className={stats.lastDay[state] === 0 ? 'zero' : state}>
              <th scope="row">
                <Link to="/runs" search={{ state }}>
                  {state.replace('_', ' ')}
                </Link>
              </th>
              <td>{stats.lastHour[state].toLocaleString('en')}</td>
              <td>{stats.lastDay[state].toLocaleString('en')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Series />
      <p className="muted">
        Of all starts of the last hour, half came within {shown(p50Ms)} of their time, 95 % within {shown(p95Ms)}, 99 %
        within {shown(p99Ms)}, the latest after {shown(worstMs)}.
      </p>
    </Section>
  );
}

interface BarsProps {
  label: string;
  /** Where the axis begins. */
  from: string;
  points: readonly { at: string; starts: number }[];
}

/** How many minutes of the coming hour are shown: it begins within the first and ends within the last. */
const MINUTES = 61;
const MINUTE_MS = 60_000;

/** Starts per minute as bars; the sum stands beside for those who do not see them. */
function Bars({ label, from, points }: BarsProps): ReactNode {
  const most = Math.max(1, ...points.map(({ starts }) => starts));
  const first = Math.floor(Date.parse(from) / MINUTE_MS);
  const sum = points.reduce((total, { starts }) => total + starts, 0);
  return (
    <figure className="bars">
      <figcaption>
        {label}: <b>{sum.toLocaleString('en')}</b> in all, at most {most.toLocaleString('en')} in one
      </figcaption>
      <svg viewBox={`0 0 ${MINUTES * 4} 40`} preserveAspectRatio="none" aria-hidden="true">
        {points.map(({ at, starts }) => {
          const index = Math.floor(Date.parse(at) / MINUTE_MS) - first;
          const height = starts === 0 ? 0 : Math.max(1.5, (starts / most) * 39);
          return <rect key={at} x={index * 4 + 0.5} width="3" y={40 - height} height={height} />;
        })}
      </svg>
      <div className="series-axis muted" aria-hidden="true">
        <span>now</span>
        <span>in half an hour</span>
        <span>in an hour</span>
      </div>
    </figure>
  );
}

function Running(): ReactNode {
  const refetchInterval = useEvery();
  const { data, error } = useInfiniteQuery({ ...runsQuery({ state: 'running' }, 20), refetchInterval });
  const now = useNow();
  const runs = (data?.pages[0]?.items ?? []).toSorted((a, b) => (a.startedAt ?? '~').localeCompare(b.startedAt ?? '~'));
  return (
    <Section
      title="Running now"
      aside={
        <Link to="/runs" search={{ state: 'running' }}>
          All
        </Link>
      }
    >
      {error && <Fault error={error} />}
      {data && runs.length === 0 && <Empty>Nothing runs at the moment.</Empty>}
      <ul className="plain lines">
        {runs.slice(0, 8).map((run) => (
          <li key={run.id}>
            <RunLink run={run} />
            <TaskLink id={run.taskId} name={run.taskName ?? 'a deleted task'} />
            <span className="muted end">
              {run.startedAt === null ? 'starts' : `for ${lengthOf(Math.max(0, now - Date.parse(run.startedAt)))}`}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** The first start of each task, with how many more of its starts are known. */
function firstOfEach<Item extends { taskId: string }>(items: readonly Item[]): (Item & { more: number })[] {
  const known = new Map<string, Item & { more: number }>();
  for (const item of items) {
    const first = known.get(item.taskId);
    if (first) first.more += 1;
    else known.set(item.taskId, { more: 0, ...item });
  }
  return [...known.values()];
}

function Coming({ stats, forecast }: { stats: Stats; forecast: Schemas['ForecastResponse'] | undefined }): ReactNode {
  const { data: next } = useQuery({ ...upcomingQuery(100), refetchInterval: useEvery(10_000) });
  const soonest = firstOfEach(next?.items ?? []).slice(0, 8);
  const { waiting, armed, retrying, truncated } = stats.backlog;
  const plus = truncated ? '+' : '';
  return (
    <Section title="Next hour" aside={<Link to="/forecast">All</Link>}>
      <p className="muted">
        About to start: {waiting + armed}
        {plus}; waiting to be tried again: {retrying}
        {plus}.
      </p>
      {forecast && <Bars label="Planned starts, each minute" from={forecast.from} points={forecast.minutes} />}
      {next && next.items.length === 0 && (
        <Empty>{stats.next.length === 0 ? 'No start is planned.' : 'None starts in the next hour.'}</Empty>
      )}
      <ul className="plain lines">
        {soonest.map(({ taskId, name, dueAt, more }) => (
          <li key={taskId}>
            <TaskLink id={taskId} name={name} />
            {more > 0 && <span className="muted">and {more} more soon after</span>}
            <span className="end">
              <When at={dueAt} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
