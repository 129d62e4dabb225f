import type { ReactNode } from 'react';
import { useActs } from '../../acts/use-acts.ts';
import { api, got, type Schemas } from '../../api/client.ts';
import { useSteady } from '../../app/steady.ts';
import { LengthField } from '../../forms/fields.tsx';
import { FormDialog } from '../../forms/form-dialog.tsx';
import { lengthOf } from '../../time/format.ts';
import { At } from '../../ui/time.tsx';
import { tell } from '../../ui/toasts.tsx';
import { Comparison } from './comparison.tsx';

/** How long nothing must have been typed before the service is asked (ms). */
const PAUSE_MS = 400;

interface Props {
  second: Schemas['HotSecondResponse'];
  onClose: () => void;
}

/** Spreads the tasks of a hot second, with what that does to the hour from then on. */
export function SpreadDialog({ second, onClose }: Props): ReactNode {
  const acts = useActs();
  const { at, tasks, suggestedSpreadMs } = second;
  const many = tasks.length === 1 ? 'it' : `these ${tasks.length}`;
  return (
    <FormDialog
      title={tasks.length === 1 ? 'Spread a task' : `Spread ${tasks.length} tasks`}
      start={{ spreadMs: suggestedSpreadMs }}
      act={`Spread ${many}`}
      send={async ({ spreadMs }) => ({ spreadMs, undo: await spread(tasks, spreadMs) })}
      onDone={({ spreadMs, undo }) => {
        const length = lengthOf(Number(spreadMs ?? 0));
        tell(`${tasks.length} tasks start within ${length} from now on.`, () => void acts.do(undo));
        onClose();
      }}
      onClose={onClose}
    >
      {({ spreadMs }) => (
        <>
          <p>
            Each starts a little later than planned, always by the same time. This is what it does in the hour from{' '}
            <At at={at} /> on:
          </p>
          <LengthField pointer="/spreadMs" label="At most so much later" />
          <Effect at={at} ids={tasks} spreadMs={spreadMs} />
        </>
      )}
    </FormDialog>
  );
}

function Effect({ at, ids, spreadMs }: { at: string; ids: string[]; spreadMs: unknown }): ReactNode {
  const steady = useSteady(Number(spreadMs ?? 0), PAUSE_MS);
  return <Comparison plan={{ from: at, hours: 1, step: '1m', spread: { ids, spreadMs: steady } }} />;
}

/** Sets the spread of tasks, none where it is not given; gives what takes it back. */
async function spread(ids: readonly string[], spreadMs: unknown): Promise<() => Promise<unknown>> {
  for (const id of ids) {
    const body = { spreadMs: spreadMs ?? null } as never;
    await got(api.PATCH('/v1/tasks/{id}', { params: { path: { id } }, body }));
  }
  return () => spread(ids, null);
}
