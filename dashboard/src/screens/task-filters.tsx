import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useAsking } from '../app/live.ts';
import { HEALTHS, TASK_STATES, type ListedTasks, type TaskFilter } from '../api/filters.ts';
import { facetsQuery } from '../api/queries.ts';
import { Search, Select } from '../ui/parts.tsx';

interface Props {
  filter: TaskFilter;
  /** How the tasks do. */
  health: ListedTasks['health'];
  /** Whether they can be narrowed by that. */
  hasHealth: boolean;
  onChange: (part: { [Key in keyof ListedTasks]?: ListedTasks[Key] | undefined }) => void;
}

/** What the tasks are narrowed to; each value with how many tasks have it. */
export function TaskFilters({ filter, health, hasHealth, onChange }: Props): ReactNode {
  const { data } = useQuery({ ...facetsQuery, refetchInterval: useAsking(30_000) });
  const more = data?.truncated === true ? '+' : '';
  const narrowing = (facets: readonly { value: string; count: number }[] = [], own?: string) => {
    const counts = new Map(facets.map(({ value, count }) => [value, count]));
    const known = facets.map(({ value }) => value);
    return {
      value: own,
      values: own === undefined || counts.has(own) ? known : [own, ...known],
      countOf: (value: string): string =>
        counts.has(value) ? ` (${counts.get(value)!.toLocaleString('en')}${more})` : '',
    };
  };
  const queues = narrowing(data?.queues, filter.queue);
  return (
    <div className="filters">
      <Search label="Part of the name" value={filter.q} onSubmit={(q) => onChange({ q })} />
      <Select
        label="State"
        {...narrowing(data?.states, filter.state)}
        values={TASK_STATES}
        onChange={(state) => onChange({ state: state as never })}
      />
      <Select label="Tag" {...narrowing(data?.tags, filter.tag)} onChange={(tag) => onChange({ tag })} />
      {hasHealth && (
        <Select
          label="Health"
          value={health}
          values={HEALTHS}
          onChange={(each) => onChange({ health: each as never })}
        />
      )}
      {queues.values.length > 1 && <Select label="Queue" {...queues} onChange={(queue) => onChange({ queue })} />}
    </div>
  );
}
