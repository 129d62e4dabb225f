import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, got } from '../api/client.ts';
import { hasEnded, type RunFilter } from '../api/filters.ts';
import { Dialog, DialogActs } from '../ui/dialog.tsx';
import { Fault } from '../ui/parts.tsx';
import { Foreign } from '../ui/text.tsx';

/** Whether runs that the filter means can still be cancelled. */
export const canBeCancelled = ({ state }: RunFilter): boolean => state !== undefined && !hasEnded(state);

/** Cancels the runs that a filter means: first says how many, then does it and names what could not be. */
export function CancelDialog({ filter, onClose }: { filter: RunFilter; onClose: () => void }): ReactNode {
  const queries = useQueryClient();
  const { state, taskId, trigger } = filter;
  const selector = { states: [state], ...(taskId !== undefined && { taskId }), ...(trigger && { trigger }) };
  const ask = (dryRun: boolean) => got(api.POST('/v1/runs/cancel', { body: { ...selector, dryRun } as never }));
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
      <DialogActs onClose={onClose}>
        <button type="button" className="main" disabled={count === 0 || go.isPending} onClick={() => go.mutate()}>
          Cancel {count > 0 ? count.toLocaleString('en') : ''} {count === 1 ? 'run' : 'runs'}
        </button>
      </DialogActs>
    </Dialog>
  );
}
