import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState, type ReactNode } from 'react';
import { BackfillDialog } from '../acts/backfill-dialog.tsx';
import { PauseDialog } from '../acts/pause-dialog.tsx';
import { RunDialog } from '../acts/run-dialog.tsx';
import { useActs, useMay } from '../acts/use-acts.ts';
import { Why } from '../acts/why.tsx';
import { API } from '../app/base.ts';
import { useKeys } from '../app/keys.ts';
import { useEvery } from '../app/live.ts';
import type { Task } from '../api/client.ts';
import { TASK_TABS } from '../api/filters.ts';
import { taskQuery } from '../api/queries.ts';
import { capital } from '../text/capital.ts';
import { Outcome } from '../ui/outcome.tsx';
import { copy, Fault, Head } from '../ui/parts.tsx';
import { Foreign } from '../ui/text.tsx';
import { At, When } from '../ui/time.tsx';
import { tell } from '../ui/toasts.tsx';
import { isTimed, zoneOfTask } from '../ui/triggers.ts';
import { Definition, InWords } from './definition.tsx';
import { TaskFigures } from './figures.tsx';
import { By } from './maker.tsx';
import { RunList } from './run-list.tsx';
import { Timeline } from './timeline.tsx';
import { Verdict } from './verdict.tsx';
import { Versions } from './versions.tsx';

const route = getRouteApi('/tasks/$id');

/** Does it run as it should, and when next? */
export function TaskScreen(): ReactNode {
  const { id } = route.useParams();
  const { tab = 'timeline', why } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: task, error } = useQuery({ ...taskQuery(id), refetchInterval: useEvery() });
  if (!task) return error ? <Fault error={error} /> : <Head title="Task" />;
  const explain = (at: string | undefined): void =>
    void navigate({ search: { tab, ...(at !== undefined && { why: at }) } });
  return (
    <>
      <TaskHead task={task} onWhy={() => explain('now')} />
      {error && <Fault error={error} />}
      <nav className="tabs" aria-label="Parts of the task">
        {TASK_TABS.map((each) => (
          <Link
            key={each}
            from="/tasks/$id"
            to="."
            search={{ tab: each }}
            aria-current={each === tab ? 'page' : undefined}
          >
            {capital(each)}
          </Link>
        ))}
      </nav>
      {tab === 'timeline' && <Timeline task={task} onWhy={explain} />}
      {tab === 'runs' && <RunList filter={{ taskId: id }} isOfOneTask />}
      {tab === 'figures' && <TaskFigures taskId={id} />}
      {tab === 'versions' && <Versions taskId={id} />}
      {tab === 'definition' && <Definition task={task} />}
      {why !== undefined && <Why taskId={id} at={why === 'now' ? undefined : why} onClose={() => explain(undefined)} />}
    </>
  );
}

function TaskHead({ task, onWhy }: { task: Task; onWhy: () => void }): ReactNode {
  const acts = useActs();
  const mayAct = useMay('operator');
  const mayEdit = useMay('editor');
  const navigate = useNavigate();
  const [isPausing, setPausing] = useState(false);
  const [isAsking, setAsking] = useState<'run' | 'backfill' | null>(null);
  const { state, pausedReason, pausedUntil, nextRunAt } = task;
  const keys = useMemo(
    () => [
      { keys: 'w', what: 'Why?', act: onWhy },
      ...(mayEdit
        ? [
            {
              keys: 'e',
              what: 'Edit',
              act: () => void navigate({ to: '/tasks/$id/edit', params: { id: task.id } }),
            },
          ]
        : []),
      ...(mayAct ? [{ keys: 'R', what: 'Run', act: () => void acts.run(task) }] : []),
      ...(mayAct && state === 'active' ? [{ keys: 'p', what: 'Pause', act: () => setPausing(true) }] : []),
      ...(mayAct && state === 'paused' ? [{ keys: 'u', what: 'Resume', act: () => void acts.resume(task) }] : []),
    ],
    [acts, mayAct, mayEdit, navigate, onWhy, state, task],
  );
  useKeys(keys);
  const curl = `curl -H "Authorization: Bearer $TOKEN" ${API}/v1/tasks/${encodeURIComponent(task.id)}`;
  return (
    <>
      <Head title={<Foreign value={task.name} most={200} />}>
        {mayAct && (
          <button type="button" onClick={() => void acts.run(task)}>
            Run now
          </button>
        )}
        {mayAct && (
          <button type="button" onClick={() => setAsking('run')}>
            Run with…
          </button>
        )}
        {mayAct && task.triggers.some(({ type }) => isTimed(type)) && (
          <button type="button" onClick={() => setAsking('backfill')}>
            Backfill…
          </button>
        )}
        {mayAct && state === 'active' && (
          <button type="button" onClick={() => setPausing(true)}>
            Pause…
          </button>
        )}
        {mayAct && state === 'paused' && (
          <button type="button" className="main" onClick={() => void acts.resume(task)}>
            Resume
          </button>
        )}
        {mayEdit && (
          <Link to="/tasks/$id/edit" params={{ id: task.id }} className="button">
            Edit
          </Link>
        )}
        <button type="button" onClick={onWhy}>
          Why?
        </button>
        <button type="button" className="quiet" onClick={() => void copy(curl, () => tell('Copied.'))}>
          Copy as curl
        </button>
      </Head>
      <p className="sub">
        <Outcome state={state} />
        <span>
          {task.triggers.slice(0, 3).map((trigger, index) => (
            <InWords key={`${trigger.type}-${index}`} trigger={trigger} />
          ))}
          {task.triggers.length > 3 && ` and ${task.triggers.length - 3} more triggers`}
        </span>
        {state === 'active' && nextRunAt !== null && (
          <span>
            next start <When at={nextRunAt} taskZone={zoneOfTask(task)} />
          </span>
        )}
        {pausedReason !== undefined && (
          <span>
            paused
            <By maker={task.pausedBy} />: <Foreign value={pausedReason} most={500} />
          </span>
        )}
        {pausedUntil !== undefined && (
          <span>
            until <At at={pausedUntil} />
          </span>
        )}
      </p>
      <Verdict task={task} />
      {task.warnings?.map(({ pointer, detail }) => (
        <p className="warning" key={pointer}>
          <Foreign value={detail} />
        </p>
      ))}
      {isAsking === 'run' && <RunDialog task={task} onClose={() => setAsking(null)} />}
      {isAsking === 'backfill' && <BackfillDialog task={task} onClose={() => setAsking(null)} />}
      {isPausing && (
        <PauseDialog
          title="Pause the task"
          onClose={() => setPausing(false)}
          onPause={(reason, until) => void acts.pause(task, reason, until)}
        >
          <p>None of its occurrences starts until it resumes. Runs under way go on.</p>
        </PauseDialog>
      )}
    </>
  );
}
