import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { startsQuery } from '../../api/queries.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { TaskLink } from '../../ui/links.tsx';
import { itemsOf } from '../../ui/paged.tsx';
import { Empty, Fault } from '../../ui/parts.tsx';
import { At } from '../../ui/time.tsx';

interface Props {
  at: string;
  stepMs: number;
  onClose: () => void;
}

/** Who starts within a minute, or a second, of the forecast. */
export function Who({ at, stepMs, onClose }: Props): ReactNode {
  const list = useInfiniteQuery(startsQuery(at, stepMs));
  const starts = itemsOf(list.data);
  return (
    <Dialog title="Who starts then?" onClose={onClose} isPanel>
      <p className="sentence">
        {stepMs === 1000 ? 'In the second of ' : 'In the minute from '}
        <At at={at} />
      </p>
      {list.error && <Fault error={list.error} />}
      {list.data && starts.length === 0 && <Empty>No task starts in this time.</Empty>}
      <ul className="plain lines">
        {starts.map(({ taskId, name, dueAt }) => (
          <li key={`${taskId} ${dueAt}`}>
            <TaskLink id={taskId} name={name} />
            <span className="end">
              <At at={dueAt} />
            </span>
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <button type="button" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          More
        </button>
      )}
      {list.data?.pages.some(({ truncated }) => truncated) === true && (
        <p className="muted">There are more tasks than were looked at.</p>
      )}
    </Dialog>
  );
}
