import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useMay } from '../../acts/use-acts.ts';
import { useEvery } from '../../app/live.ts';
import { api, got } from '../../api/client.ts';
import { serverNow, useNow } from '../../time/clock.ts';
import { TaskLink } from '../../ui/links.tsx';
import { Empty, Fault, Section } from '../../ui/parts.tsx';
import { Foreign } from '../../ui/text.tsx';
import { When } from '../../ui/time.tsx';
import { retryWords, type FailureClass } from './failures.model.ts';
import { RetryDialog } from './retry-dialog.tsx';
import { RetryUnmended } from './retry-unmended.tsx';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Which runs of a class are retried. */
type Which = 'unmended' | 'all';

/** What failed, grouped by what it says: is it one cause? */
export function Failures({ days, unmended }: { days: number; unmended: boolean }): ReactNode {
  const every = useEvery(15_000);
  const here = Math.floor(useNow() / MINUTE_MS);
  const { data, error } = useQuery({
    queryKey: ['failures', days, unmended, here],
    placeholderData: keepPreviousData,
    refetchInterval: every,
    queryFn: ({ signal }) => {
      const from = new Date(serverNow() - days * DAY_MS).toISOString();
      const query = { from, ...(unmended && { unmended: 'true' as const }) };
      return got(api.GET('/v1/runs/failures', { signal, params: { query } }));
    },
  });
  // As it was when it was asked for: the list beneath changes meanwhile, and may lose the class.
  const [retried, setRetried] = useState<{ which: Which; failure: FailureClass } | null>(null);
  const span = days === 1 ? 'day' : `${days} days`;
  const onClose = (): void => setRetried(null);
  return (
    <>
      {error && <Fault error={error} />}
      {data?.items.length === 0 && (
        <Empty>
          <span className="healthy">
            ✓ Nothing {unmended ? 'that failed is left unmended' : 'failed'} in this time.
          </span>
        </Empty>
      )}
      {data?.items.map((each) => (
        <OneClass key={each.fingerprint} failure={each} onRetry={(which) => setRetried({ which, failure: each })} />
      ))}
      {data && (
        <p className="muted foot">
          {data.truncated
            ? `The newest ${data.looked.toLocaleString('en')} failures of runs that were due in the last ${span}; there are more.`
            : `All ${data.looked.toLocaleString('en')} failures of runs that were due in the last ${span}.`}{' '}
          The list of runs counts by when they ended.
        </p>
      )}
      {retried?.which === 'all' && <RetryDialog failure={retried.failure} days={days} onClose={onClose} />}
      {retried?.which === 'unmended' && <RetryUnmended runs={retried.failure.unmendedRuns} onClose={onClose} />}
    </>
  );
}

interface ClassProps {
  failure: FailureClass;
  onRetry: (which: Which) => void;
}

function OneClass({ failure, onRetry }: ClassProps): ReactNode {
  const { code, message, count, unmended, tasks, moreTasks, firstAt, lastAt, examples } = failure;
  const mayAct = useMay('operator');
  return (
    <Section
      title={`${count.toLocaleString('en')} × ${code}`}
      aside={
        mayAct && (
          <span className="acts-inline">
            {unmended > 0 && unmended < count && (
              <button type="button" className="main" onClick={() => onRetry('unmended')}>
                {retryWords(failure)}
              </button>
            )}
            <button type="button" onClick={() => onRetry('all')}>
              {count === 1 ? 'Retry it…' : `Retry all ${count.toLocaleString('en')}…`}
            </button>
          </span>
        )
      }
    >
      <p className="sentence">
        <Foreign value={message || 'no message'} most={500} />
      </p>
      <p className={unmended > 0 ? 'bad-text' : 'healthy'}>
        {unmended > 0
          ? `${unmended.toLocaleString('en')} not mended by a later success`
          : '✓ all mended by a later success'}
      </p>
      <dl className="facts">
        <div>
          <dt>Tasks</dt>
          <dd className="tags-wrap">
            {tasks.map(({ id, name, count: times }) => (
              <span key={id}>
                <TaskLink id={id} name={name} /> <span className="muted">{times.toLocaleString('en')} ×</span>
              </span>
            ))}
            {moreTasks > 0 && <span className="muted">and {moreTasks.toLocaleString('en')} more</span>}
          </dd>
        </div>
        <div>
          <dt>First and last due</dt>
          <dd className="tags-wrap">
            <When at={firstAt} />
            <span aria-hidden="true">→</span>
            <When at={lastAt} />
          </dd>
        </div>
        <div>
          <dt>Newest runs</dt>
          <dd className="tags-wrap">
            {examples.map(({ id, name, scheduledFor, mended }) => (
              <span key={id}>
                <Link to="/runs/$id" params={{ id }}>
                  <Foreign value={name || 'a deleted task'} most={60} />, due <When at={scheduledFor} />
                </Link>{' '}
                <span className={mended ? 'muted' : 'bad-text'}>{mended ? '✓ mended' : '✕ not mended'}</span>
              </span>
            ))}
          </dd>
        </div>
      </dl>
    </Section>
  );
}
