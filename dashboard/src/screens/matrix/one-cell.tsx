import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { SkipButton } from '../../acts/skip.tsx';
import { Why } from '../../acts/why.tsx';
import { cellQuery, nextRunsQuery, taskQuery } from '../../api/queries.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { TaskLink } from '../../ui/links.tsx';
import { Outcome } from '../../ui/outcome.tsx';
import { Empty, Fault } from '../../ui/parts.tsx';
import { Foreign } from '../../ui/text.tsx';
import { At } from '../../ui/time.tsx';
import { zoneOfTask } from '../../ui/triggers.ts';

const MOST_PLANNED = 20;

/** What is in a cell, each occurrence with its "Why?". One alone is explained at once. */
export function OneCell({ cell, onClose }: { cell: string; onClose: () => void }): ReactNode {
  const [taskId = '', from = '', to = ''] = cell.split('@');
  const { data: task } = useQuery(taskQuery(taskId));
  const { data: past, error } = useQuery(cellQuery(taskId, from, to));
  const { data: coming } = useQuery(nextRunsQuery(taskId, 100));
  const [chosen, choose] = useState<{ at: string; runId?: string | undefined } | null>(null);
  const planned = (coming?.runs ?? []).filter(
    ({ at }) => Date.parse(at) >= Date.parse(from) && Date.parse(at) < Date.parse(to),
  );
  const items = past?.items ?? [];
  const isKnown = past !== undefined && coming !== undefined;
  const only =
    isKnown && items.length + planned.length === 1 && (items[0]?.count ?? 1) === 1
      ? { at: items[0]?.scheduledFor ?? items[0]?.from ?? planned[0]?.at ?? from, runId: items[0]?.runId }
      : null;
  const shown = chosen ?? only;
  if (shown) {
    return (
      <Why
        taskId={taskId}
        at={shown.at}
        runId={shown.runId}
        onClose={() => (chosen && !only ? choose(null) : onClose())}
      />
    );
  }
  const zone = zoneOfTask(task);
  return (
    <Dialog title="What was due" onClose={onClose} isPanel>
      {error && <Fault error={error} />}
      <p className="sentence">
        {task && <TaskLink id={task.id} name={task.name} />} <At at={from} taskZone={zone} /> to{' '}
        <At at={to} taskZone={zone} />
      </p>
      {isKnown && items.length + planned.length === 0 && <Empty>Nothing is known of it any more.</Empty>}
      <ul className="plain lines">
        {items.map(({ scheduledFor, from: first, to: last, count = 1, outcome, reason, runId }) => (
          <li key={`${scheduledFor ?? first ?? ''} ${runId ?? ''}`}>
            <Outcome state={outcome} />
            <At at={scheduledFor ?? first ?? from} taskZone={zone} />
            {count > 1 && last !== undefined && (
              <span>
                to <At at={last} taskZone={zone} />, {count.toLocaleString('en')} of them
              </span>
            )}
            {reason !== null && (
              <span className="muted">
                <Foreign value={reason} most={120} />
              </span>
            )}
            <button
              type="button"
              className="end small"
              onClick={() => choose({ at: scheduledFor ?? first ?? from, runId })}
            >
              Why?
            </button>
          </li>
        ))}
        {planned.slice(0, MOST_PLANNED).map(({ at, skipped }) => (
          <li key={at}>
            <Outcome state={skipped ? 'skipped' : 'upcoming'} />
            <At at={at} taskZone={zone} />
            {skipped && (
              <span className="muted">
                <Foreign value={`${skipped.by}: ${skipped.reason}`} most={120} />
              </span>
            )}
            <span className="end">
              <SkipButton taskId={taskId} at={at} isSkipped={skipped !== undefined} />{' '}
              <button type="button" className="small" onClick={() => choose({ at })}>
                Why?
              </button>
            </span>
          </li>
        ))}
      </ul>
      {planned.length > MOST_PLANNED && (
        <p className="muted">And {planned.length - MOST_PLANNED} or more that are planned.</p>
      )}
      {past && past.nextCursor !== null && <p className="muted">The first 100 of this cell.</p>}
    </Dialog>
  );
}
