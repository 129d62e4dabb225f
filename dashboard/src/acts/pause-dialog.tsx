import { useState, type SubmitEvent, type ReactNode } from 'react';
import { ownZone } from '../time/format.ts';
import { Dialog, DialogActs } from '../ui/dialog.tsx';

interface Props {
  title: string;
  /** What it means. */
  children: ReactNode;
  onPause: (reason: string, until: string | null) => void;
  onClose: () => void;
  hasUntil?: boolean;
}

/** Asks why, and until when. */
export function PauseDialog({ title, children, onPause, onClose, hasUntil = true }: Props): ReactNode {
  const [fault, setFault] = useState<string | null>(null);
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [reason, until] = ['reason', 'until'].map((name) => {
      const value = form.get(name);
      return typeof value === 'string' ? value.trim() : '';
    }) as [string, string];
    if (reason === '') return setFault('A reason tells others why nothing starts.');
    onPause(reason, until === '' ? null : new Date(until).toISOString());
    return onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        {children}
        <label className="field">
          <span>Reason</span>
          <input
            name="reason"
            maxLength={500}
            autoComplete="off"
            aria-invalid={fault !== null}
            aria-describedby="pause-fault"
          />
          <span id="pause-fault" className="field-fault" role="alert">
            {fault}
          </span>
        </label>
        {hasUntil && (
          <label className="field">
            <span>Until, in your zone, {ownZone()} (empty: until someone resumes)</span>
            <input name="until" type="datetime-local" />
          </label>
        )}
        <DialogActs onClose={onClose}>
          <button type="submit" className="main">
            Pause
          </button>
        </DialogActs>
      </form>
    </Dialog>
  );
}
