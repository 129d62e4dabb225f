import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, got } from '../api/client.ts';
import { defined, hasEnded, type RunFilter } from '../api/filters.ts';
import { Dialog, DialogActs } from '../ui/dialog.tsx';
import { Fault } from '../ui/parts.tsx';
import { Foreign } from '../ui/text.tsx';

/** Whether the runs that the filter means can still be cancelled: all of what it says must be sent, lest more of them are. */
export const canBeCancelled = ({
  state,
  taskId: _,
  trigger: _trigger,
  code: _code,
  text: _text,
  ...rest
}: RunFilter): boolean =>
  state !== undefined && !hasEnded(state) && Object.keys(rest).every((name) => name === 'order');

/** Cancels the runs that a filter means: first says how many, then does it and names what could not be. */
export function CancelDialog({ filter, onClose }: { filter: RunFilter; onClose: () => void }): ReactNode {
  const queries = useQueryClient();
  const { state, taskId, trigger, code, text } = filter;
  const [reason, setReason] = useState('');
  const selector = defined({ states: [state], taskId, trigger, code, text });
  const why = reason.trim() === '' ? {} : { reason: reason.trim() };
  const ask = (dryRun: boolean) => got(api.POST('/v1/runs/cancel', { body: { ...selector, ...why, dryRun } as never }));
  const go = useMutation({ mutationFn: () => ask(false), onSettled: () => void queries.invalidateQueries() });
  const plan = useQuery({
    queryKey: ['cancel-plan', selector],
    // What is cancelled need not be rehearsed any more.
    enabled: !go.isPending && !go.isSuccess,
    retry: false,
    queryFn: () => ask(true),
  });
  const fault = plan.error ?? go.error;
  const count = plan.data?.count ?? 0;
  if (go.data) {
    return (
      <Dialog title="Cancelled" onClose={onClose}>
        <p className="sentence" role="status">
          <b>{go.data.count.toLocaleString('en')}</b> {go.data.count === 1 ? 'run is' : 'runs are'} cancelled.
          {go.data.hasMore && ' There are more: cancel once more for the next.'}
        </p>
        <ul className="plain lines">
          {go.data.failed.map(({ id, detail }) => (
            <li key={id}>
              <Foreign value={`${id}: ${detail}`} most={300} />
            </li>
          ))}
        </ul>
      </Dialog>
    );
  }
  return (
    <Dialog title="Cancel these runs" onClose={onClose}>
      {fault && <Fault error={fault} />}
      {plan.data && (
        <p className="sentence" role="status">
          <b>{count.toLocaleString('en')}</b>
          {plan.data.hasMore ? ' or more' : ''} {count === 1 ? 'run' : 'runs'} would be cancelled. Nothing undoes that.
        </p>
      )}
      <label className="field">
        <span>Reason (kept in the audit trail)</span>
        <input value={reason} maxLength={500} autoComplete="off" onChange={(event) => setReason(event.target.value)} />
      </label>
      <DialogActs onClose={onClose}>
        <button type="button" className="main" disabled={count === 0 || go.isPending} onClick={() => go.mutate()}>
          Cancel {count > 0 ? count.toLocaleString('en') : ''} {count === 1 ? 'run' : 'runs'}
        </button>
      </DialogActs>
    </Dialog>
  );
}
