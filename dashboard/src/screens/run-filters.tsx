import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ONLY, RUN_STATES, RUN_TRIGGERS, SINCE, type RunFilter, type Since } from '../api/filters.ts';
import { facetsQuery } from '../api/queries.ts';
import { Search, Select } from '../ui/parts.tsx';
import { Switch } from '../ui/switch.tsx';

interface Props {
  filter: RunFilter;
  onChange: (part: { [Key in keyof RunFilter]?: RunFilter[Key] | undefined }) => void;
}

const LATE_MS = [100, 1000, 10_000, 60_000] as const;
const LONG_MS = [1000, 10_000, 60_000, 600_000, 3_600_000] as const;
const WORDS: Record<string, string> = {
  ...{ '100': '100 ms', '1000': '1 s', '10000': '10 s', '60000': '1 min', '600000': '10 min', '3600000': '1 h' },
  ...{ scheduledFor: 'planned', startedAt: 'started', finishedAt: 'ended' },
  ...{ '1h': '1 hour', '8h': '8 hours', '1d': '1 day', '7d': '7 days', all: 'any time' },
  ...{ every: 'All', bad: 'Went wrong', unmended: 'Not mended' },
};
const wordsOf = (value: string): string => WORDS[value] ?? value;

/** What the runs are narrowed to: what is asked for most at hand, the rest below. */
export function RunFilters({ filter, onChange }: Props): ReactNode {
  const { only, since, by } = filter;
  const rest = [filter.state, filter.trigger, filter.tag, filter.minLatenessMs, filter.minDurationMs, filter.order];
  return (
    <>
      <div className="filters">
        <Switch
          label="Which runs"
          values={['every', ...ONLY]}
          value={only ?? 'every'}
          wordsOf={wordsOf}
          onChange={(value) => onChange({ only: value === 'every' ? undefined : value, state: undefined })}
        />
        <Switch
          label="How far back"
          values={[...(Object.keys(SINCE) as Since[]), 'all']}
          value={since ?? 'all'}
          wordsOf={wordsOf}
          onChange={(value) => onChange(value === 'all' ? { since: undefined, by: undefined } : { since: value })}
        />
        <Search label="Part of the reason or error" value={filter.text} onSubmit={(text) => onChange({ text })} />
      </div>
      <details className="more-filters" open={rest.some((each) => each !== undefined)}>
        <summary>More filters</summary>
        <MoreFilters filter={filter} onChange={onChange} by={by} />
      </details>
    </>
  );
}

function MoreFilters({ filter, onChange, by }: Props & { by: RunFilter['by'] }): ReactNode {
  const { data } = useQuery(facetsQuery);
  const tags = data?.tags.map(({ value }) => value) ?? [];
  const known = filter.tag === undefined || tags.includes(filter.tag) ? tags : [filter.tag, ...tags];
  const msOf = (value: string | undefined) => (value === undefined ? undefined : Number(value));
  const timed = (values: readonly number[]) => ({ values: values.map(String), wordsOf });
  return (
    <div className="filters">
      <Select
        label="State"
        value={filter.state}
        values={RUN_STATES}
        onChange={(state) => onChange({ state: state as never, only: undefined })}
      />
      <Select
        label="Started by"
        value={filter.trigger}
        values={RUN_TRIGGERS}
        onChange={(trigger) => onChange({ trigger: trigger as never })}
      />
      <Select
        label="Tag of the task"
        value={filter.tag}
        values={known}
        countOf={() => ''}
        onChange={(tag) => onChange({ tag })}
      />
      <Select
        label="Started late by"
        value={filter.minLatenessMs?.toString()}
        {...timed(LATE_MS)}
        onChange={(value) => onChange({ minLatenessMs: msOf(value) })}
      />
      <Select
        label="Took"
        value={filter.minDurationMs?.toString()}
        {...timed(LONG_MS)}
        onChange={(value) => onChange({ minDurationMs: msOf(value) })}
      />
      {filter.since !== undefined && (
        <Switch
          label="By when they were"
          values={['scheduledFor', 'startedAt', 'finishedAt'] as const}
          value={by ?? 'scheduledFor'}
          wordsOf={wordsOf}
          onChange={(value) => onChange({ by: value === 'scheduledFor' ? undefined : value })}
        />
      )}
      <label className="check">
        <input
          type="checkbox"
          checked={filter.order === 'oldest'}
          onChange={(event) => onChange({ order: event.target.checked ? 'oldest' : undefined })}
        />{' '}
        Oldest first
      </label>
    </div>
  );
}
