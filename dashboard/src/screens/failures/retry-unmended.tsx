import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, got } from '../../api/client.ts';
import { Dialog, DialogActs } from '../../ui/dialog.tsx';
import { Fault } from '../../ui/parts.tsx';
import { Progress } from './progress.tsx';

/** Runs again, one after another, what no later success has mended. What did start is told, whatever came between. */
export function RetryUnmended({ runs, onClose }: { runs: readonly string[]; onClose: () => void }): ReactNode {
  const queries = useQueryClient();
  const [started, setStarted] = useState<readonly string[]>([]);
  const go = useMutation({
    mutationFn: async () => {
      for (const id of runs) {
        const { id: made } = await got(api.POST('/v1/runs/{id}/retry', { params: { path: { id } } }));
        setStarted((before) => [...before, made]);
      }
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: ['failures'] }),
  });
  const isBegun = go.isPending || started.length > 0;
  return (
    <Dialog title={isBegun ? 'They run again' : 'Retry what is not mended'} onClose={onClose}>
      {go.error && <Fault error={go.error} />}
      {isBegun ? (
        <>
          {go.isPending && (
            <p>
              {started.length} of {runs.length} are started.
            </p>
          )}
          {started.length > 0 && !go.isPending && <Progress ids={started} />}
        </>
      ) : (
        <>
          <p>
            <b>{runs.length}</b>{' '}
            {runs.length === 1
              ? 'run is sent again: no later success of its task or retry has mended it.'
              : 'runs are sent again, one after another: no later success of their tasks or retries has mended them.'}
          </p>
          <DialogActs onClose={onClose}>
            <button type="button" className="main" onClick={() => go.mutate()}>
              Retry {runs.length}
            </button>
          </DialogActs>
        </>
      )}
    </Dialog>
  );
}
