import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { countToPause, type BulkFilter } from '../acts/acts.ts';
import { DeleteMany } from '../acts/delete-many.tsx';
import { PauseDialog } from '../acts/pause-dialog.tsx';
import { useActs, useMay } from '../acts/use-acts.ts';
import { useEvery, whileShort } from '../app/live.ts';
import type { ListedTask } from '../api/client.ts';
import type { ListedTasks, TaskFilter, TaskView } from '../api/filters.ts';
import { tasksQuery } from '../api/queries.ts';
import { TaskLink } from '../ui/links.tsx';
import { Outcome } from '../ui/outcome.tsx';
import { itemsOf } from '../ui/paged.tsx';
import { Chips, Empty, Fault, Head } from '../ui/parts.tsx';
import { Switch } from '../ui/switch.tsx';
import { Rows, type Column, type Sorted } from '../ui/rows.tsx';
import { Foreign } from '../ui/text.tsx';
import { When } from '../ui/time.tsx';
import { tellFault } from '../ui/toasts.tsx';
import { isTimed, triggerLine, zoneOfTask } from '../ui/triggers.ts';
import { FirstStep } from './first-step.tsx';
import { Strip } from './strip.tsx';
import { TaskFilters } from './task-filters.tsx';
import { Unhealthy } from './unhealthy.tsx';

const Matrix = lazy(() => import('./matrix/matrix.tsx').then((each) => ({ default: each.Matrix })));

const route = getRouteApi('/tasks');

/** Which of my tasks are unhealthy? */
export function Tasks(): ReactNode {
  const { view, range = '2d', shift = 0, cell, health, sort, order, ...filter } = route.useSearch();
  const listed: ListedTasks = { ...filter, ...(health && { health }), ...(sort && { sort }), ...(order && { order }) };
  const navigate = route.useNavigate();
  const mayEdit = useMay('editor');
  const tasks = useInfiniteQuery({
    ...tasksQuery(listed),
    enabled: view === undefined,
    refetchInterval: whileShort(useEvery()),
  });
  const change = (part: { [Key in keyof TaskView]?: TaskView[Key] | undefined }): void =>
    void navigate({ search: (old) => ({ ...old, ...part }) as TaskView });
  const items = itemsOf(tasks.data);
  const { hasNextPage, isFetching, fetchNextPage } = tasks;
  // A page may be empty though there are more: what fits can be among the older tasks.
  const looksOn =
    view === undefined && health === undefined && tasks.data !== undefined && items.length === 0 && hasNextPage;
  // How tasks do is told by no index: what brings nothing is not asked for on and on.
  const isSparse = hasNextPage && tasks.data?.pages.at(-1)?.items.length === 0;
  useEffect(() => {
    if (looksOn && !isFetching) void fetchNextPage();
  }, [looksOn, isFetching, fetchNextPage]);
  const isFiltered = Object.keys(filter).length > 0 || health !== undefined;
  return (
    <>
      <Head title="Tasks">
        <Switch
          label="Show as"
          values={['list', 'matrix']}
          value={view ?? 'list'}
          wordsOf={(each) => (each === 'list' ? 'List' : 'Matrix')}
          onChange={(each) => change(each === 'matrix' ? { view: each } : { view: undefined, cell: undefined })}
        />
        {health === undefined ? <PauseMany filter={filter} count={view === 'matrix' ? 1 : items.length} /> : null}
        {view === undefined && (
          <DeleteMany
            filter={filter}
            shown={tasks.isPlaceholderData ? [] : items}
            isShownOnly={health !== undefined}
            isFiltered={isFiltered}
          />
        )}
        {mayEdit && (
          <Link to="/tasks/new" className="button">
            New task
          </Link>
        )}
      </Head>
      <TaskFilters filter={filter} health={health} hasHealth={view === undefined} onChange={change} />
      <Chips
        chips={[
          ...(['state', 'queue', 'tag', 'q'] as const).map((name) => ({
            name: name === 'q' ? 'name' : name,
            value: filter[name],
            clear: () => change({ [name]: undefined }),
          })),
          { name: 'health', value: health, clear: () => change({ health: undefined }) },
        ]}
      />
      {view === undefined && !isFiltered && <Unhealthy />}
      {looksOn && <Empty>Looking among older tasks…</Empty>}
      {view === 'matrix' ? (
        <Suspense>
          <Matrix filter={filter} range={range} shift={shift} cell={cell} onChange={change} />
        </Suspense>
      ) : (
        <>
          {tasks.error && <Fault error={tasks.error} />}
          {tasks.data &&
            items.length === 0 &&
            !tasks.hasNextPage &&
            (isFiltered ? <Empty>No task fits these filters.</Empty> : <FirstStep />)}
          {items.length > 0 && (
            <Rows
              label="Tasks"
              items={items}
              columns={columnsWith((tag) => change({ tag }))}
              keyOf={({ id }) => id}
              of={JSON.stringify(listed)}
              sorted={sortedBy(sort, order, change)}
              more={{
                has: tasks.hasNextPage && !isSparse,
                isBusy: tasks.isFetchingNextPage,
                get: () => void tasks.fetchNextPage(),
              }}
            />
          )}
          <p className="muted foot">
            {items.length.toLocaleString('en')} shown{tasks.hasNextPage && !isSparse ? '; more come as you scroll' : ''}
            .{' '}
            {isSparse && !looksOn && (
              <button type="button" disabled={tasks.isFetchingNextPage} onClick={() => void tasks.fetchNextPage()}>
                Look further back
              </button>
            )}
          </p>
        </>
      )}
    </>
  );
}

type Change = (part: { [Key in keyof TaskView]?: TaskView[Key] | undefined }) => void;

/** A first click sorts, the next ones turn the order round. */
function sortedBy(sort: ListedTasks['sort'], order: ListedTasks['order'], change: Change): Sorted {
  const now = order ?? (sort === 'updatedAt' ? 'desc' : 'asc');
  const onSort = (by: string): void =>
    change({ sort: by as NonNullable<typeof sort>, order: by === sort ? (now === 'asc' ? 'desc' : 'asc') : undefined });
  return { by: sort, order: now, onSort };
}

/** Why no start of an active task is planned. */
const unplanned = ({ state, triggers }: ListedTask): string =>
  state === 'completed' || triggers.some(({ type }) => isTimed(type))
    ? 'none'
    : triggers.some(({ type }) => type === 'event')
      ? 'when an event comes'
      : 'when somebody runs it';

const columnsWith = (narrow: (tag: string) => void): Column<ListedTask>[] => [
  { name: 'Name', sort: 'name', width: 'minmax(12rem, 2fr)', cell: ({ id, name }) => <TaskLink id={id} name={name} /> },
  {
    name: 'State',
    width: '7rem',
    cell: ({ state, pausedReason, health }) => (
      <span title={pausedReason?.slice(0, 300)}>
        <Outcome state={state === 'active' && (health === 'failing' || health === 'overdue') ? health : state} />
      </span>
    ),
  },
  {
    name: 'When',
    width: 'minmax(12rem, 1.6fr)',
    cell: ({ when, triggers }) => (
      <span title={triggers.map(triggerLine).join(', ').slice(0, 300)}>
        <Foreign value={when.join('; ')} most={120} />
      </span>
    ),
  },
  {
    name: 'Outcomes, latest right',
    width: '16.2rem',
    cell: ({ id }) => <Strip taskId={id} />,
  },
  {
    name: 'Next start',
    sort: 'nextRunAt',
    width: '13rem',
    cell: (task) =>
      task.nextRunAt === null || task.state !== 'active' ? (
        <span className="muted">{task.state === 'paused' ? 'paused' : unplanned(task)}</span>
      ) : (
        <When at={task.nextRunAt} taskZone={zoneOfTask(task)} />
      ),
  },
  {
    name: 'Tags',
    width: 'minmax(5rem, 0.7fr)',
    cell: ({ tags }) => (
      <span className="tags">
        {tags.slice(0, 3).map((tag) => (
          <button type="button" className="tag" key={tag} onClick={() => narrow(tag)}>
            <Foreign value={tag} most={24} />
          </button>
        ))}
      </span>
    ),
  },
];

/** Pauses all that fit, after saying how many that are. */
function PauseMany({ filter, count }: { filter: TaskFilter; count: number }): ReactNode {
  const acts = useActs();
  const mayPause = useMay('operator');
  const [counted, setCounted] = useState<{ count: number; hasMore: boolean } | null>(null);
  if (!mayPause || count === 0 || (filter.state !== undefined && filter.state !== 'active')) return null;
  const { state: _, ...rest } = filter;
  const bulk: BulkFilter = Object.keys(rest).length > 0 ? rest : { all: true };
  const ask = async (): Promise<void> => {
    try {
      setCounted(await countToPause(bulk));
    } catch (error) {
      tellFault(error);
    }
  };
  return (
    <>
      <button type="button" onClick={() => void ask()}>
        Pause all that fit…
      </button>
      {counted && (
        <PauseDialog
          title={`Pause ${counted.count} ${counted.count === 1 ? 'task' : 'tasks'}`}
          onClose={() => setCounted(null)}
          onPause={(reason, until) => void acts.pauseAll(bulk, reason, until)}
        >
          <p>
            {counted.count} active {counted.count === 1 ? 'task fits' : 'tasks fit'} the filters
            {counted.hasMore ? ', and more: these are the first' : ''}. Runs under way go on.
          </p>
        </PauseDialog>
      )}
    </>
  );
}
