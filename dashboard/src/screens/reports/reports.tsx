import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useActs } from '../../acts/use-acts.ts';
import { API } from '../../app/base.ts';
import { api, got, Refusal, send, type Schemas } from '../../api/client.ts';
import { DAYS, REPORTS_BY, type ReportFilter } from '../../api/filters.ts';
import { serverNow } from '../../time/clock.ts';
import { lengthOf } from '../../time/format.ts';
import { Chips, Empty, Fault, Head, Search, Section } from '../../ui/parts.tsx';
import { saveAs } from '../../ui/save-as.ts';
import { Table } from '../../ui/table.tsx';
import { Foreign } from '../../ui/text.tsx';
import { At } from '../../ui/time.tsx';
import { Schedules } from './schedules.tsx';

type Figures = Schemas['ReportFiguresResponse'];

const route = getRouteApi('/reports');
const DAY_MS = 86_400_000;

/** The range of whole days that ends with today. */
const rangeOf = (days: number): { from: string; to: string } => {
  const to = Math.ceil(serverNow() / DAY_MS) * DAY_MS;
  return { from: new Date(to - days * DAY_MS).toISOString(), to: new Date(to).toISOString() };
};

/** How well did it go? */
export function Reports(): ReactNode {
  const filter = route.useSearch();
  const { by = 'task', days = 7, tag } = filter;
  const navigate = route.useNavigate();
  const acts = useActs();
  const query = { by, ...rangeOf(days), ...(tag !== undefined && { tag }) };
  const { data, error } = useQuery({
    queryKey: ['report', query],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      got(api.GET('/v1/reports', { signal, params: { query } })) as Promise<Schemas['ReportResponse']>,
  });
  const change = (part: { [Key in keyof ReportFilter]?: ReportFilter[Key] | undefined }): void =>
    void navigate({ search: { ...filter, ...part } as ReportFilter });
  return (
    <>
      <Head title="Reports">
        <button type="button" onClick={() => void acts.do(() => download(query))}>
          Download as CSV
        </button>
      </Head>
      <div className="filters">
        <Choice label="One line for each" value={by} values={REPORTS_BY} onChange={(value) => change({ by: value })} />
        <Choice
          label="Of the last days"
          value={String(days)}
          values={DAYS.map(String)}
          onChange={(value) => change({ days: Number(value) as 1 })}
        />
        <Search label="Only tasks with this tag" value={tag} onSubmit={(value) => change({ tag: value })} />
      </div>
      <Chips chips={[{ name: 'tag', value: tag, clear: () => change({ tag: undefined }) }]} />
      {error && <Fault error={error} />}
      {data && <Lines report={data} />}
      <Schedules />
    </>
  );
}

function Choice<Value extends string>({
  label,
  value,
  values,
  onChange,
}: {
  label: string;
  value: Value;
  values: readonly Value[];
  onChange: (value: Value) => void;
}): ReactNode {
  return (
    <label className="field-inline">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value as Value)}>
        {values.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </label>
  );
}

/** Fetches the CSV with the token and hands it to the browser as a file. */
async function download(query: Record<string, string>): Promise<void> {
  const search = new URLSearchParams({ ...query, format: 'csv' });
  const answer = await send(new Request(`${API}/v1/reports?${search.toString()}`));
  if (!answer.ok) throw new Refusal(answer.status, `The service answered with ${answer.status}.`);
  saveAs(`report-${query['by'] ?? ''}.csv`, await answer.blob());
}

const share = (rate: number | null): string => (rate === null ? '–' : `${(rate * 100).toFixed(rate === 1 ? 0 : 1)} %`);
const ms = (value: number | null): string => (value === null ? '–' : lengthOf(value));
const count = (value: number): string => value.toLocaleString('en');

const COLUMNS: { name: string; cell: (row: Figures) => ReactNode }[] = [
  { name: 'Runs', cell: ({ runs }) => count(runs) },
  { name: 'Succeeded', cell: ({ successRate }) => share(successRate) },
  {
    name: 'Failed',
    cell: ({ failed, timedOut }) => (
      <span className={failed + timedOut > 0 ? 'bad-text' : ''}>{count(failed + timedOut)}</span>
    ),
  },
  { name: 'Missed', cell: ({ missed }) => <span className={missed > 0 ? 'bad-text' : ''}>{count(missed)}</span> },
  { name: 'Skipped', cell: ({ skipped, coalesced }) => count(skipped + coalesced) },
  { name: 'Cancelled', cell: ({ cancelled }) => count(cancelled) },
  { name: '95 % start within', cell: ({ lateness }) => ms(lateness.p95Ms) },
  { name: '95 % take up to', cell: ({ duration }) => ms(duration.p95Ms) },
  {
    name: 'Main reason not to run',
    cell: ({ reasons }) =>
      reasons[0] === undefined ? '–' : <Foreign value={`${reasons[0].reason} (${reasons[0].count})`} most={120} />,
  },
];

function Lines({ report }: { report: Schemas['ReportResponse'] }): ReactNode {
  const { total, rows, moreRows, isComplete, countedFrom, from, to } = report;
  const all = [{ ...total, key: '', name: 'All' }, ...(report.by === 'organization' ? [] : rows)];
  return (
    <Section title="Figures">
      <p className="muted">
        Whole days of UTC, today among them: <At at={from} /> to <At at={to} />.{' '}
        {!isComplete && (
          <>
            Counted since <At at={countedFrom} />.
          </>
        )}
      </p>
      {total.runs === 0 && <Empty>Nothing ended in this time.</Empty>}
      <Table
        label="Figures"
        items={all}
        keyOf={({ key, name }) => `${key} ${name ?? ''}`}
        columns={[
          { name: `By ${report.by}`, cell: ({ key, name }) => <Foreign value={name ?? key} most={100} /> },
          ...COLUMNS,
        ]}
      />
      {moreRows > 0 && <p className="muted">{count(moreRows)} more lines; the CSV has them.</p>}
    </Section>
  );
}
