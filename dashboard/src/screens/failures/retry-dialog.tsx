import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, got, type Schemas } from '../../api/client.ts';
import { serverNow } from '../../time/clock.ts';
import { lengthOf } from '../../time/format.ts';
import { Dialog, DialogActs } from '../../ui/dialog.tsx';
import { Fault } from '../../ui/parts.tsx';
import { Foreign } from '../../ui/text.tsx';
import { selectorOf, type FailureClass } from './failures.model.ts';
import { Progress } from './progress.tsx';

const DAY_MS = 86_400_000;
const PACES = [
  [10, 100],
  [5, 200],
  [1, 1000],
  [0.1, 10_000],
] as const;

/** Runs failures again: first says how many and how long it takes, then does it and shows how it goes. */
export function RetryDialog({
  failure,
  days,
  onClose,
}: {
  failure: FailureClass;
  days: number;
  onClose: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const [range] = useState(() => [serverNow() - days * DAY_MS, serverNow()].map((ms) => new Date(ms).toISOString()));
  const selector = selectorOf(failure, range[0]!, range[1]!);
  const [everyMs, setEvery] = useState<number>(200);
  const { data: plan, error } = useQuery({
    queryKey: ['retry-plan', selector],
    retry: false,
    queryFn: () =>
      got(api.POST('/v1/runs/retry', { body: { ...selector, dryRun: true } as never })) as Promise<
        Schemas['RetriesPlanResponse']
      >,
  });
  const go = useMutation({
    mutationFn: () =>
      got(api.POST('/v1/runs/retry', { body: { ...selector, everyMs } as never })) as Promise<
        Schemas['RetriesResponse']
      >,
    onSettled: () => void queries.invalidateQueries({ queryKey: ['failures'] }),
  });
  if (go.data) {
    return (
      <Dialog title="They run again" onClose={onClose}>
        <Progress ids={go.data.runs} />
        {go.data.next !== null && <p className="muted">There are more: retry once more for the next.</p>}
      </Dialog>
    );
  }
  return (
    <Dialog title="Retry these failures" onClose={onClose}>
      <p>
        Failed runs with the code <b>{failure.code}</b>
        {selector.text !== undefined && (
          <>
            {' '}
            whose message has “<Foreign value={selector.text} most={100} />”
          </>
        )}
        , of the last {days === 1 ? 'day' : `${days} days`}.
      </p>
      {(error ?? go.error) && <Fault error={(error ?? go.error)!} />}
      {plan && (
        <p className="sentence" role="status">
          <b>{plan.count.toLocaleString('en')}</b> {plan.count === 1 ? 'run' : 'runs'} would run again
          {plan.existing > 0 && `; ${plan.existing.toLocaleString('en')} already did`}
          {plan.count > 1 && `. It takes ${lengthOf(plan.count * everyMs)} to start them`}.
        </p>
      )}
      <label className="field">
        <span>Pace</span>
        <select value={everyMs} onChange={(event) => setEvery(Number(event.target.value))}>
          {PACES.map(([rate, ms]) => (
            <option key={ms} value={ms}>
              {rate >= 1 ? `${rate} a second` : 'one in ten seconds'}
            </option>
          ))}
        </select>
      </label>
      <DialogActs onClose={onClose}>
        <button
          type="button"
          className="main"
          disabled={!plan || plan.count === 0 || go.isPending}
          onClick={() => go.mutate()}
        >
          Retry {plan ? plan.count.toLocaleString('en') : ''}
        </button>
      </DialogActs>
    </Dialog>
  );
}
