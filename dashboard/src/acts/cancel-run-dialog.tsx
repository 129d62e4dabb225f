import type { ReactNode } from 'react';
import { api, got } from '../api/client.ts';
import { TextField } from '../forms/fields.tsx';
import { FormDialog } from '../forms/form-dialog.tsx';
import { tell } from '../ui/toasts.tsx';

/** Cancels a run, and keeps why. */
export function CancelRunDialog({ runId, onClose }: { runId: string; onClose: () => void }): ReactNode {
  return (
    <FormDialog
      title="Cancel the run"
      start={{}}
      act="Cancel the run"
      send={({ reason }) => {
        const body = reason === undefined ? {} : { reason };
        return got(api.POST('/v1/runs/{id}/cancel', { params: { path: { id: runId } }, body: body as never }));
      }}
      onDone={() => {
        tell('The run is cancelled.');
        onClose();
      }}
      onClose={onClose}
    >
      {() => <TextField pointer="/reason" label="Reason" hint="Shown with the run, and kept in the audit trail." />}
    </FormDialog>
  );
}
