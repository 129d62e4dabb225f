import type { ReactNode } from 'react';
import { Dialog, DialogActs } from './dialog.tsx';

interface Props {
  title: string;
  /** What it means, and what cannot be taken back. */
  children: ReactNode;
  /** What the button says. */
  act: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, children, act, onConfirm, onClose }: Props): ReactNode {
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <DialogActs onClose={onClose}>
        <button
          type="button"
          className="grave"
          onClick={() => {
            onConfirm();
            onClose();
          }}
        >
          {act}
        </button>
      </DialogActs>
    </Dialog>
  );
}
