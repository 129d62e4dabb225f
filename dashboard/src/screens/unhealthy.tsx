import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useEvery } from '../app/live.ts';
import { attentionQuery } from '../api/queries.ts';
import { TaskLink } from '../ui/links.tsx';
import { Foreign } from '../ui/text.tsx';

const MOST = 4;

/** Which tasks somebody should look at: a long list of tasks does not show them first. */
export function Unhealthy(): ReactNode {
  const { data } = useQuery({ ...attentionQuery, refetchInterval: useEvery(10_000) });
  if (!data) return null;
  const tasks = data.items.flatMap(({ taskId, name, sentence }) =>
    taskId === undefined ? [] : [{ taskId, name: name ?? taskId, sentence }],
  );
  const partly = data.truncated ? ' Not all tasks were looked at.' : '';
  if (tasks.length === 0)
    return <p className="healthy foot">✓ No task fails, is overdue or was paused by failures.{partly}</p>;
  return (
    <ul className="plain unhealthy" aria-label="Tasks that need attention">
      {tasks.slice(0, MOST).map(({ taskId, name, sentence }) => (
        <li key={`${taskId} ${sentence}`}>
          <span aria-hidden="true">!</span> <TaskLink id={taskId} name={name} /> <Foreign value={sentence} most={200} />
        </li>
      ))}
      {tasks.length > MOST && <li className="muted">Others are on the overview.</li>}
      {partly !== '' && <li className="muted">{partly}</li>}
    </ul>
  );
}
