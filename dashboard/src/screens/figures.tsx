import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useEvery } from '../app/live.ts';
import type { Schemas } from '../api/client.ts';
import type { Days } from '../api/filters.ts';
import { figuresQuery } from '../api/queries.ts';
import { lengthOf } from '../time/format.ts';
import { lookOf } from '../ui/outcome.tsx';
import { DaysSelect, Empty, Fact, Fault, Section } from '../ui/parts.tsx';
import { Table } from '../ui/table.tsx';
import { Foreign } from '../ui/text.tsx';
import { percentOf } from './figures.model.ts';
import { Series } from './series.tsx';

type Figures = Schemas['TaskFiguresResponse'];

/** How has it gone lately? */
export function TaskFigures({ taskId }: { taskId: string }): ReactNode {
  const [days, setDays] = useState<Days>(7);
  const { data, error } = useQuery({ ...figuresQuery(taskId, days), refetchInterval: useEvery(15_000) });
  return (
    <>
      <Section title="Outcomes and lateness">
        <Series taskId={taskId} />
      </Section>
      <div className="filters">
        <DaysSelect value={days} onChange={setDays} />
        {data?.truncated === true && (
          <span className="muted">Of the newest {data.runs.toLocaleString('en')} runs.</span>
        )}
      </div>
      {error && <Fault error={error} />}
      {data?.runs === 0 && <Empty>It has not run in this time.</Empty>}
      {data && data.runs > 0 && <Told figures={data} />}
    </>
  );
}

function Told({ figures }: { figures: Figures }): ReactNode {
  const { runs, success, failuresInRow, duration, lateness, byCode, daily } = figures;
  const states = [...new Set(daily.flatMap((day) => Object.keys(day.states)))].sort();
  return (
    <div className="two">
      <Section title="How it went">
        <dl className="facts">
          <Fact name="Runs">{runs.toLocaleString('en')}</Fact>
          <Fact name="Succeeded">{success === null ? 'none has ended' : percentOf(success)}</Fact>
          <Fact name="Failures in a row now">{failuresInRow === 0 ? 'none' : failuresInRow.toLocaleString('en')}</Fact>
          <Fact name="Takes">{spreadLine(duration)}</Fact>
          <Fact name="Late by">{spreadLine(lateness)}</Fact>
        </dl>
        {byCode.length > 0 && (
          <Table
            label="Codes of failures"
            items={byCode}
            keyOf={({ code }) => code}
            columns={[
              { name: 'Failed with', cell: ({ code }) => <Foreign value={code} most={100} /> },
              { name: 'Runs', cell: ({ count }) => count.toLocaleString('en') },
            ]}
          />
        )}
      </Section>
      <Section title="By day, UTC">
        <Table
          label="Outcomes by day"
          items={daily.toReversed()}
          keyOf={({ day }) => day}
          columns={[
            { name: 'Day', cell: ({ day }) => day.slice(0, 10) },
            ...states.map((state) => ({
              name: lookOf(state).word,
              cell: (day: Figures['daily'][number]) => countIn(day.states, state),
            })),
          ]}
        />
      </Section>
    </div>
  );
}

const countIn = (states: Record<string, unknown>, state: string): string => {
  const count = states[state];
  return typeof count === 'number' ? count.toLocaleString('en') : '–';
};

const spreadLine = (spread: Figures['duration']): string =>
  spread === null
    ? '–'
    : `half of the runs at most ${lengthOf(spread.p50Ms)}, 95 of 100 at most ${lengthOf(spread.p95Ms)}; the most was ${lengthOf(spread.worstMs)}`;
