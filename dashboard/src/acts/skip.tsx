import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, got } from '../api/client.ts';
import { taskQuery } from '../api/queries.ts';
import { TextField } from '../forms/fields.tsx';
import { FormDialog } from '../forms/form-dialog.tsx';
import { tell } from '../ui/toasts.tsx';
import { useActs, useMay } from './use-acts.ts';

interface Props {
  taskId: string;
  /** The nominal time of the occurrence. */
  at: string;
  /** Whether it is skipped already: then it can be put back. */
  isSkipped: boolean;
  onDone?: () => void;
}

/** Skips one occurrence to come, or puts it back. Not offered to whom it is forbidden, nor where the task is paused. */
export function SkipButton({ taskId, at, isSkipped, onDone }: Props): ReactNode {
  const acts = useActs();
  const mayAct = useMay('operator');
  const [isAsking, setAsking] = useState(false);
  const { data: task } = useQuery({ ...taskQuery(taskId), enabled: mayAct && !isSkipped });
  if (!mayAct) return null;
  if (isSkipped) {
    return (
      <button type="button" className="small" onClick={() => void acts.restore(taskId, at).then(onDone)}>
        Put back
      </button>
    );
  }
  // Of a paused task nothing is planned that could be skipped: the service refuses it.
  if (!task || task.state === 'paused') return null;
  return (
    <>
      <button type="button" className="small" onClick={() => setAsking(true)}>
        Skip…
      </button>
      {isAsking && (
        <FormDialog
          title="Skip this occurrence"
          start={{ at, reason: '' }}
          act="Skip it"
          send={(body) =>
            got(api.POST('/v1/tasks/{id}/skip', { params: { path: { id: taskId } }, body: body as never }))
          }
          onDone={() => {
            tell('The occurrence is skipped.', () => void acts.restore(taskId, at));
            setAsking(false);
            onDone?.();
          }}
          onClose={() => setAsking(false)}
        >
          {() => (
            <>
              <p>This occurrence does not start; all others do. You can put it back until its time.</p>
              <TextField pointer="/reason" label="Reason" isNeeded />
            </>
          )}
        </FormDialog>
      )}
    </>
  );
}
