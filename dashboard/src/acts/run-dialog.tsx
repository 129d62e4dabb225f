import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api, got, type Task } from '../api/client.ts';
import { JsonField, TextField } from '../forms/fields.tsx';
import { FormDialog } from '../forms/form-dialog.tsx';
import { tell } from '../ui/toasts.tsx';

/** Runs a task now, with parameters of this run. */
export function RunDialog({ task, onClose }: { task: Task; onClose: () => void }): ReactNode {
  const navigate = useNavigate();
  return (
    <FormDialog
      title="Run with parameters"
      start={{ parameters: task.parameters }}
      act="Run now"
      send={({ parameters = {}, reason }) => {
        const body = { parameters, ...(reason !== undefined && { reason }) };
        return got(api.POST('/v1/tasks/{id}/run', { params: { path: { id: task.id } }, body: body as never }));
      }}
      onDone={({ id }) => {
        tell('It runs now.');
        onClose();
        void navigate({ to: '/runs/$id', params: { id } });
      }}
      onClose={onClose}
    >
      {() => (
        <>
          <JsonField
            pointer="/parameters"
            label="Parameters"
            rows={8}
            hint="Of this run only; the task keeps its own."
          />
          <TextField pointer="/reason" label="Reason" hint="Shown with the run, and kept in the audit trail." />
        </>
      )}
    </FormDialog>
  );
}
