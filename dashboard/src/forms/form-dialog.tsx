import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Dialog, DialogActs } from '../ui/dialog.tsx';
import { Fault } from '../ui/parts.tsx';
import type { Draft } from './draft.ts';
import { EditingContext, useEditingOf } from './editing.ts';

interface Props<Made> {
  title: string;
  start: Draft;
  /** What the button says. */
  act: string;
  send: (draft: Draft) => Promise<Made>;
  onDone: (made: Made) => void;
  onClose: () => void;
  /** The fields, by what is written so far. */
  children: (draft: Draft) => ReactNode;
}

/** Asks for what something needs; faults stand at their fields, and those without a field above the buttons. */
export function FormDialog<Made>({ title, start, act, send, onDone, onClose, children }: Props<Made>): ReactNode {
  const queries = useQueryClient();
  const [draft, setDraft] = useState(start);
  const sent = useMutation({
    mutationFn: () => send(draft),
    onSuccess: (made) => {
      void queries.invalidateQueries();
      onDone(made);
    },
  });
  const editing = useEditingOf(draft, setDraft, sent.error);
  return (
    <Dialog title={title} onClose={onClose}>
      <EditingContext value={editing}>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            sent.mutate();
          }}
        >
          {children(draft)}
          {sent.error && <Fault error={sent.error} />}
          <DialogActs onClose={onClose}>
            <button type="submit" className="main" disabled={sent.isPending}>
              {act}
            </button>
          </DialogActs>
        </form>
      </EditingContext>
    </Dialog>
  );
}
