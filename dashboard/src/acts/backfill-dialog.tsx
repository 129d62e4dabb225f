import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, got, type Schemas, type Task } from '../api/client.ts';
import type { Draft } from '../forms/draft.ts';
import { EditingContext, useEditingOf } from '../forms/editing.ts';
import { InstantField, LengthField } from '../forms/fields.tsx';
import { Progress } from '../screens/failures/progress.tsx';
import { serverNow } from '../time/clock.ts';
import { lengthOf } from '../time/format.ts';
import { Dialog, DialogActs } from '../ui/dialog.tsx';
import { Fault } from '../ui/parts.tsx';
import { At } from '../ui/time.tsx';
import { zoneOfTask } from '../ui/triggers.ts';

const DAY_MS = 86_400_000;

type Plan = Schemas['BackfillPlanResponse'];
type Made = Schemas['BackfillResponse'];

/** Runs what was due in a range: rehearsed with its dates, and done only then. */
export function BackfillDialog({ task, onClose }: { task: Task; onClose: () => void }): ReactNode {
  const [draft, setDraft] = useState<Draft>(() => ({
    from: new Date(serverNow() - DAY_MS).toISOString(),
    to: new Date(serverNow()).toISOString(),
    everyMs: 1000,
  }));
  const send = (more: object): Promise<unknown> =>
    got(
      api.POST('/v1/tasks/{id}/backfill', { params: { path: { id: task.id } }, body: { ...draft, ...more } as never }),
    );
  const rehearsal = useMutation({ mutationFn: () => send({ dryRun: true }) as Promise<Plan> });
  const go = useMutation({ mutationFn: () => send({}) as Promise<Made> });
  const error = go.error ?? rehearsal.error;
  const change = (next: (old: Draft) => Draft): void => {
    setDraft(next);
    rehearsal.reset();
  };
  const editing = useEditingOf(draft, change, error);
  const plan = rehearsal.data;
  if (go.data) {
    return (
      <Dialog title="The backfill runs" onClose={onClose}>
        <Progress ids={go.data.runs} />
      </Dialog>
    );
  }
  return (
    <Dialog title="Backfill" onClose={onClose}>
      <EditingContext value={editing}>
        <p className="muted">What was due in a range and has no run gets one, with its own nominal time.</p>
        <div className="pair">
          <InstantField pointer="/from" label="From" />
          <InstantField pointer="/to" label="To, without it" />
          <LengthField pointer="/everyMs" label="One start every" />
        </div>
        {error && <Fault error={error} />}
        {plan && <Rehearsed plan={plan} everyMs={Number(draft['everyMs'] ?? 100)} zone={zoneOfTask(task)} />}
        <DialogActs onClose={onClose}>
          <button
            type="button"
            className={plan ? '' : 'main'}
            disabled={rehearsal.isPending}
            onClick={() => rehearsal.mutate()}
          >
            Rehearse
          </button>
          {plan && plan.count > 0 && (
            <button type="button" className="main" disabled={go.isPending} onClick={() => go.mutate()}>
              Run {plan.count.toLocaleString('en')}
            </button>
          )}
        </DialogActs>
      </EditingContext>
    </Dialog>
  );
}

function Rehearsed({ plan, everyMs, zone }: { plan: Plan; everyMs: number; zone: string | undefined }): ReactNode {
  const { count, existing, occurrences } = plan;
  return (
    <div role="status">
      <p className="sentence">
        <b>{count.toLocaleString('en')}</b> {count === 1 ? 'run' : 'runs'} would start
        {count > 1 && ` within ${lengthOf((count - 1) * everyMs)}`}
        {existing > 0 && `; ${existing.toLocaleString('en')} occurrences have a run already`}. Nothing has started yet.
      </p>
      <ul className="plain dates" tabIndex={0} aria-label="Occurrences">
        {occurrences.slice(0, 100).map((at) => (
          <li key={at}>
            <At at={at} taskZone={zone} />
          </li>
        ))}
      </ul>
      {count > 100 && <p className="muted">And {(count - 100).toLocaleString('en')} more.</p>}
    </div>
  );
}
