import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { preferences } from '../app/preferences.ts';
import { useStore } from '../app/store.ts';
import { useEvery } from '../app/live.ts';
import { api, got } from '../api/client.ts';
import { useNow } from '../time/clock.ts';
import { clockTime, dayTime, lengthOf, zoneOf } from '../time/format.ts';
import { Fault } from '../ui/parts.tsx';
import { Table } from '../ui/table.tsx';
import { heightOf, pointsOf, type Point } from './series.model.ts';

const SPANS = [
  { name: '1 hour', step: '1m', stepMs: 60_000, count: 60, each: 'minute' },
  { name: '1 day', step: '15m', stepMs: 900_000, count: 96, each: 'quarter of an hour' },
] as const;
/** Runs and the ledger, of which those of a task are made, are kept longer than figures. */
const SPANS_OF_TASK = [
  ...SPANS,
  { name: '7 days', step: '1h', stepMs: 3_600_000, count: 168, each: 'hour' },
  { name: '90 days', step: '1d', stepMs: 86_400_000, count: 90, each: 'day (UTC)' },
] as const;
const DAY = 2;

const STACK = ['succeeded', 'odd', 'bad'] as const;

/** Outcomes above, lateness beneath, on one axis of time; of all tasks, or of one. */
export function Series({ taskId }: { taskId?: string }): ReactNode {
  const spans = taskId === undefined ? SPANS : SPANS_OF_TASK;
  const [at, setAt] = useState(taskId === undefined ? 0 : DAY);
  const span = spans[at]!;
  const every = useEvery(taskId === undefined ? 10_000 : 30_000);
  const here = Math.floor(useNow() / span.stepMs);
  const from = (here - span.count + 1) * span.stepMs;
  const zone = zoneOf(useStore(preferences).zone, undefined);
  const { data, error } = useQuery({
    queryKey: ['series', taskId, span.step, here],
    refetchInterval: every,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const query = {
        from: new Date(from).toISOString(),
        to: new Date(from + span.count * span.stepMs).toISOString(),
        step: span.step,
        ...(taskId !== undefined && { taskId }),
      };
      return got(api.GET('/v1/stats/series', { signal, params: { query } }));
    },
  });
  if (error) return <Fault error={error} />;
  const points = pointsOf(data?.points ?? [], from, span.stepMs, span.count);
  const most = Math.max(1, ...points.map(({ all }) => all));
  const worst = Math.max(1, ...points.map(({ p99Ms }) => p99Ms));
  const isLong = span.stepMs >= 3_600_000;
  const time = (ms: number): string => (isLong ? dayTime(ms, zone) : clockTime(ms, zone).slice(0, 5));
  return (
    <figure className="series">
      <figcaption className="series-head">
        <span>
          {taskId === undefined ? 'Runs that ended' : 'What became of occurrences'}, each {span.each}; the highest:{' '}
          <b>{most.toLocaleString('en')}</b>
          {taskId !== undefined && data?.truncated === true && ' (not all are counted)'}
        </span>
        <select aria-label="Time shown" value={at} onChange={(event) => setAt(Number(event.target.value))}>
          {spans.map(({ name }, index) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
        </select>
      </figcaption>
      <svg viewBox={`0 0 ${span.count * 4} 60`} preserveAspectRatio="none" aria-hidden="true">
        {points.map((point, index) => (
          <Stack key={point.at} point={point} x={index * 4} most={most} title={`${time(point.at)}: ${said(point)}`} />
        ))}
      </svg>
      <Key
        marks={[
          ['stack-succeeded', 'succeeded'],
          ['stack-odd', taskId === undefined ? 'skipped, cancelled' : 'skipped, coalesced, cancelled'],
          ['stack-bad', 'failed, timed out, missed'],
        ]}
      />
      <p className="muted series-caption">How late runs started; the highest: {lengthOf(worst)}</p>
      <svg viewBox={`0 0 ${span.count * 4} 30`} preserveAspectRatio="none" aria-hidden="true" className="lateness">
        {points.map(({ at: key, p50Ms, p99Ms }, index) => (
          <g key={key}>
            <rect
              x={index * 4 + 0.5}
              width="3"
              y={30 - heightOf(p99Ms, worst, 30)}
              height={heightOf(p99Ms, worst, 30)}
              className="p99"
            />
            <rect
              x={index * 4 + 0.5}
              width="3"
              y={30 - heightOf(p50Ms, worst, 30)}
              height={heightOf(p50Ms, worst, 30)}
              className="p50"
            />
          </g>
        ))}
      </svg>
      <Key
        marks={[
          ['p50', 'half of them at most so late'],
          ['p99', '99 % of them'],
        ]}
      />
      <div className="series-axis muted" aria-hidden="true">
        <span>{time(from)}</span>
        <span>{time(from + (span.count / 2) * span.stepMs)}</span>
        <span>now</span>
      </div>
      <details className="as-table">
        <summary>As a table</summary>
        <Table
          label="Outcomes and lateness"
          items={points.filter(({ all }) => all > 0).toReversed()}
          keyOf={({ at: key }) => String(key)}
          columns={[
            { name: 'From', cell: ({ at: key }) => time(key) },
            { name: 'Ended', cell: said },
            { name: 'Late, 50 %', cell: ({ p50Ms }) => lengthOf(p50Ms) },
            { name: 'Late, 99 %', cell: ({ p99Ms }) => lengthOf(p99Ms) },
          ]}
        />
      </details>
    </figure>
  );
}

const Key = ({ marks }: { marks: readonly (readonly [string, string])[] }): ReactNode => (
  <ul className="series-key muted" aria-hidden="true">
    {marks.map(([mark, word]) => (
      <li key={word}>
        <svg viewBox="0 0 8 8">
          <rect width="8" height="8" className={mark} />
        </svg>
        {word}
      </li>
    ))}
  </ul>
);

const said = ({ succeeded, odd, bad }: Point): string =>
  [
    `${succeeded} succeeded`,
    ...(bad > 0 ? [`${bad} failed or missed`] : []),
    ...(odd > 0 ? [`${odd} skipped, coalesced or cancelled`] : []),
  ].join(', ');

function Stack({ point, x, most, title }: { point: Point; x: number; most: number; title: string }): ReactNode {
  const heights = STACK.map((kind) => heightOf(point[kind], most, 60));
  return (
    <g>
      <title>{title}</title>
      {STACK.map((kind, index) => (
        <rect
          key={kind}
          x={x + 0.5}
          width="3"
          y={60 - sumOf(heights.slice(0, index + 1))}
          height={heights[index]}
          className={`stack-${kind}`}
        />
      ))}
    </g>
  );
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0);
