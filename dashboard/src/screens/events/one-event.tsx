import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Schemas } from '../../api/client.ts';
import { eventQuery } from '../../api/queries.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { RunLink, TaskLink } from '../../ui/links.tsx';
import { Fault } from '../../ui/parts.tsx';
import { Foreign, Json } from '../../ui/text.tsx';
import { At } from '../../ui/time.tsx';
import { useTaskNames } from '../task-names.ts';
import { useSourceWords } from './sources.ts';

/** One event beside the list: its data, what it started, and which tasks it left and why. */
export function OneEvent({ id, onClose }: { id: string; onClose: () => void }): ReactNode {
  const wordsOf = useSourceWords();
  const { data: event, error } = useQuery({ ...eventQuery(id), refetchInterval: 2000 });
  return (
    <Dialog title="Event" onClose={onClose} isPanel>
      {error && <Fault error={error} />}
      {event && (
        <>
          <p className="sentence">
            <b>
              <Foreign value={event.type} />
            </b>{' '}
            {isTest(event) && <span className="tag">a test</span>} <At at={event.receivedAt} />
            {event.source !== undefined && (
              <>
                {' '}
                from <Foreign value={wordsOf(event.source)} most={200} />
              </>
            )}
          </p>
          {event.failure !== undefined && <Fault error={new Error(event.failure)} />}
          <Started event={event} />
          <h3>Data</h3>
          <Json value={event.data ?? null} label="Data of the event" />
          <p className="muted">
            Id: <code>{event.id}</code>
          </p>
        </>
      )}
    </Dialog>
  );
}

/** Whether it is the test of a webhook source, which says so in its data. */
const isTest = ({ source, data }: Schemas['EventRecordResponse']): boolean =>
  source?.startsWith('webhook:') === true && (data as { test?: unknown } | null | undefined)?.test === true;

const LEFT: Record<Schemas['EventLeftResponse']['reason'], string> = {
  filter: 'its filter does not fit',
  throttled: 'it is throttled',
  waiting: 'it waits in a window',
  overlap: 'a run was under way',
  paused: 'the task is paused',
  depth: 'events have started events too often',
  'fan-out': 'too many tasks want it',
  changed: 'the task was changed',
  replaced: 'a later event took its place',
  expired: 'its window ended',
  windows: 'there are too many windows',
};

function Started({ event }: { event: Schemas['EventRecordResponse'] }): ReactNode {
  const nameOf = useTaskNames();
  return (
    <>
      <h3>It started</h3>
      {event.runs.length === 0 && <p className="muted">{event.dispatched ? 'Nothing.' : 'Nothing yet.'}</p>}
      <ul className="plain lines">
        {event.runs.map(({ taskId, runId, state }) => (
          <li key={runId}>
            <RunLink run={{ id: runId, state: state ?? 'pending' }} />
            <TaskLink id={taskId} name={nameOf(taskId)} />
          </li>
        ))}
      </ul>
      {event.runsCut && <p className="muted">And more.</p>}
      {event.left.length > 0 && <h3>It left out</h3>}
      <ul className="plain lines">
        {event.left.map(({ taskId, reason, until, runId }) => (
          <li key={taskId}>
            <TaskLink id={taskId} name={nameOf(taskId)} />
            <span className="muted">
              {LEFT[reason]}
              {until !== undefined && (
                <>
                  , until <At at={until} />
                </>
              )}
            </span>
            {runId !== undefined && (
              <Link to="/runs/$id" params={{ id: runId }}>
                its run
              </Link>
            )}
          </li>
        ))}
      </ul>
      {event.leftCut && <p className="muted">And more.</p>}
    </>
  );
}
