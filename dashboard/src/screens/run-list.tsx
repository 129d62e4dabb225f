import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useEvery, whileShort } from '../app/live.ts';
import type { Run } from '../api/client.ts';
import type { RunFilter } from '../api/filters.ts';
import { runsQuery } from '../api/queries.ts';
import { latenessOf, lengthOf } from '../time/format.ts';
import { RunLink, TaskLink } from '../ui/links.tsx';
import { Paged } from '../ui/paged.tsx';
import type { Column } from '../ui/rows.tsx';
import { Foreign } from '../ui/text.tsx';
import { When } from '../ui/time.tsx';

/** Runs by their planned times, the newest first unless the filter says otherwise. */
export function RunList({ filter, isOfOneTask = false }: { filter: RunFilter; isOfOneTask?: boolean }): ReactNode {
  const runs = useInfiniteQuery({
    ...runsQuery(filter),
    refetchInterval: whileShort(useEvery()),
  });
  const columns = isOfOneTask ? COLUMNS : [TASK, ...COLUMNS];
  return (
    <Paged label="Runs" list={runs} columns={columns} keyOf={({ id }: Run) => id}>
      No run fits.
    </Paged>
  );
}

const TASK: Column<Run> = {
  name: 'Task',
  width: 'minmax(12rem, 1.8fr)',
  cell: ({ taskId, taskName }) =>
    taskName === undefined ? <span className="muted">a deleted task</span> : <TaskLink id={taskId} name={taskName} />,
};

/** Why a run ended as it did, in one line. */
export const reasonOf = ({ attempts, reason }: Run): string => {
  const error = attempts.at(-1)?.error;
  return reason ?? (error ? `${error.code}: ${error.message}` : '');
};

const COLUMNS: Column<Run>[] = [
  { name: 'Outcome', width: '8.5rem', cell: (run) => <RunLink run={run} /> },
  { name: 'Planned for', width: '14rem', cell: ({ scheduledFor }) => <When at={scheduledFor} /> },
  {
    name: 'Late by',
    width: '5.5rem',
    cell: (run) => {
      const late = latenessOf(run);
      return <span className="number">{late === null ? '–' : lengthOf(late)}</span>;
    },
  },
  {
    name: 'Took',
    width: '5.5rem',
    cell: ({ startedAt, finishedAt }) => (
      <span className="number">
        {startedAt === null || finishedAt === null ? '–' : lengthOf(Date.parse(finishedAt) - Date.parse(startedAt))}
      </span>
    ),
  },
  { name: 'Started by', width: '6.5rem', cell: ({ trigger }) => trigger },
  {
    name: 'Reason',
    width: 'minmax(8rem, 1.4fr)',
    cell: (run) => (
      <span className="muted">
        <Foreign value={reasonOf(run)} most={160} />
      </span>
    ),
  },
];
