import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useMay } from '../acts/use-acts.ts';
import { versionsQuery } from '../api/queries.ts';
import { Changes } from '../forms/changes.tsx';
import { changesOf } from '../forms/draft.ts';
import { capital } from '../text/capital.ts';
import { itemsOf } from '../ui/paged.tsx';
import { Empty, Fault, Section } from '../ui/parts.tsx';
import { Foreign } from '../ui/text.tsx';
import { At } from '../ui/time.tsx';
import { RestoreDialog } from './restore-dialog.tsx';

/** What was done with the task, which stayed as it was. */
const isDone = (change: string): boolean => change === 'backfilled';
const isVersion = (change: string): boolean => !isDone(change);

function Done({ change, after }: { change: string; after: unknown }): ReactNode {
  const { count, from, to } = (after ?? {}) as { count?: unknown; from?: unknown; to?: unknown };
  return (
    <p className="muted">
      The task stayed as it was; {String(count)} runs were {change}
      {typeof from === 'string' && typeof to === 'string' && (
        <>
          , planned from <At at={from} /> to <At at={to} />
        </>
      )}
      .
    </p>
  );
}

/** Who changed what of it, and when? */
export function Versions({ taskId }: { taskId: string }): ReactNode {
  const mayEdit = useMay('editor');
  const [restoring, setRestoring] = useState<number | null>(null);
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(versionsQuery(taskId));
  const items = itemsOf(data);
  return (
    <>
      {error && <Fault error={error} />}
      {data && items.length === 0 && !hasNextPage && <Empty>The audit trail has no change of it any more.</Empty>}
      {items.map(({ sequence, at, by, change, before, after }, index) => (
        <Section
          key={sequence}
          title={capital(change)}
          aside={
            <span className="muted">
              <At at={at} /> by <Foreign value={by} most={60} />
              {mayEdit && index > 0 && isVersion(change) && (
                <>
                  {' '}
                  <button type="button" className="small" onClick={() => setRestoring(sequence)}>
                    Restore…
                  </button>
                </>
              )}
            </span>
          }
        >
          {change === 'created' ? (
            <p className="muted">What has changed since stands above.</p>
          ) : isDone(change) ? (
            <Done change={change} after={after} />
          ) : (
            <Changes changes={changesOf(before ?? {}, after ?? {})} label={`${change}: changes`} />
          )}
        </Section>
      ))}
      {hasNextPage && (
        <button type="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Look further back
        </button>
      )}
      {restoring !== null && <RestoreDialog taskId={taskId} sequence={restoring} onClose={() => setRestoring(null)} />}
    </>
  );
}
