import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { preferences } from '../../app/preferences.ts';
import { useStore } from '../../app/store.ts';
import { useAsking } from '../../app/live.ts';
import type { Schemas } from '../../api/client.ts';
import { HOURS } from '../../api/filters.ts';
import { forecastQuery } from '../../api/queries.ts';
import { clockTime, zoneOf } from '../../time/format.ts';
import { Empty, Fault, Head, Section } from '../../ui/parts.tsx';
import { Table } from '../../ui/table.tsx';
import { ClockChanges } from './clock-changes.tsx';
import { heatOf, minuteOf, type HeatRow } from './heat.ts';
import { HotSeconds } from './hot-seconds.tsx';
import { Who } from './who.tsx';
import './forecast.css';

const route = getRouteApi('/forecast');

/** When will it be crowded? */
export function Forecast(): ReactNode {
  const { hours = 6, days = 60 } = route.useSearch();
  const navigate = route.useNavigate();
  const every = useAsking(60_000);
  const { data, error } = useQuery({ ...forecastQuery(hours), refetchInterval: every });
  return (
    <>
      <Head title="Forecast">
        <label className="field-inline">
          <span>The next</span>
          <select
            value={hours}
            onChange={(event) =>
              void navigate({ search: (view) => ({ ...view, hours: Number(event.target.value) as 1 }) })
            }
          >
            {HOURS.map((each) => (
              <option key={each} value={each}>
                {each === 1 ? 'hour' : `${each} hours`}
              </option>
            ))}
          </select>
        </label>
      </Head>
      {error && <Fault error={error} />}
      {data && <Sum data={data} />}
      {data && <Heat data={data} />}
      {data && <HotSeconds seconds={data.hotSeconds} />}
      <ClockChanges days={days} onDays={(next) => void navigate({ search: (view) => ({ ...view, days: next }) })} />
    </>
  );
}

function Sum({ data }: { data: Schemas['ForecastResponse'] }): ReactNode {
  return (
    <>
      <p className="sentence">
        <b>{data.starts.toLocaleString('en')}</b> starts are planned, of {data.tasks.toLocaleString('en')} active{' '}
        {data.tasks === 1 ? 'task' : 'tasks'}, those of every few seconds among them. Events and runs by hand come on
        top.
      </p>
      {isOver(data) && (
        <p className="warning">
          The quota lets {data.capacity.startsPerMinute?.toLocaleString('en')} start a minute: of the busiest minutes,
          some starts wait.
        </p>
      )}
      {data.truncated && (
        <p className="warning">There are more tasks or starts than were looked at: it will be more than this.</p>
      )}
    </>
  );
}

const isOver = ({ capacity: { startsPerMinute }, minutes }: Schemas['ForecastResponse']): boolean =>
  startsPerMinute !== null && minutes.some(({ starts }) => starts > startsPerMinute);

function Heat({ data }: { data: Schemas['ForecastResponse'] }): ReactNode {
  const zone = zoneOf(useStore(preferences).zone, undefined);
  const rows = heatOf(data.minutes, data);
  const most = Math.max(0, ...data.minutes.map(({ starts }) => starts));
  const [asked, ask] = useState<string | null>(null);
  const hour = ({ from }: HeatRow): string => clockTime(from, zone).slice(0, 5);
  return (
    <Section
      title="Starts in each minute"
      aside={
        <span className="legend" aria-hidden="true">
          none{' '}
          {[0, 1, 2, 3, 4].map((level) => (
            <i key={level} className={`heat-${level}`} />
          ))}{' '}
          {most.toLocaleString('en')} a minute
        </span>
      }
    >
      {most === 0 && <Empty>Nothing is planned in this time.</Empty>}
      <div className="heat" aria-hidden="true">
        {rows.map((row) => (
          <div className="heat-row" key={row.from}>
            <span className="heat-hour">{hour(row)}</span>
            <svg viewBox="0 0 60 1" preserveAspectRatio="none">
              <rect x={row.minutes.first} y="0.05" width={row.minutes.count} height="0.9" className="heat-0" />
              {row.cells.map(({ at, starts, level }) => (
                <rect
                  key={at}
                  x={minuteOf(at) + 0.04}
                  y="0.05"
                  width="0.92"
                  height="0.9"
                  className={`heat-${level}`}
                  onClick={() => starts > 0 && ask(at)}
                >
                  <title>{`${clockTime(Date.parse(at), zone).slice(0, 5)}: ${starts} starts`}</title>
                </rect>
              ))}
            </svg>
            <span className="number heat-sum">{row.starts.toLocaleString('en')}</span>
          </div>
        ))}
        <div className="heat-row heat-foot">
          <span className="heat-hour" />
          <span className="heat-scale">
            {[0, 15, 30, 45].map((each) => (
              <span key={each}>:{String(each).padStart(2, '0')}</span>
            ))}
          </span>
          <span className="heat-sum">in all</span>
        </div>
      </div>
      <details className="as-table">
        <summary>As a table</summary>
        <Table
          label="Starts by hour"
          items={rows}
          keyOf={({ from }) => String(from)}
          columns={[
            { name: 'Hour', cell: (row) => hour(row) },
            { name: 'Starts', cell: ({ starts }) => starts.toLocaleString('en') },
            {
              name: 'Busiest minute',
              cell: ({ busiest }) =>
                busiest.starts === 0 ? (
                  '–'
                ) : (
                  <>
                    {clockTime(Date.parse(busiest.at), zone).slice(0, 5)}: {busiest.starts}{' '}
                    <button type="button" className="small" onClick={() => ask(busiest.at)}>
                      Who?
                    </button>
                  </>
                ),
            },
          ]}
        />
      </details>
      {asked !== null && <Who at={asked} stepMs={60_000} onClose={() => ask(null)} />}
    </Section>
  );
}
