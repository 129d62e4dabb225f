import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Beside the page instead of above it. */
  isPanel?: boolean;
}

/** The buttons of a dialog: one that leaves it as it is, and those that act. */
export function DialogActs({ onClose, children }: { onClose: () => void; children: ReactNode }): ReactNode {
  return (
    <div className="dialog-acts">
      <button type="button" className="quiet" onClick={onClose}>
        Cancel
      </button>
      {children}
    </div>
  );
}

/** A dialog that takes the focus, and gives it back. Escape closes it. */
export function Dialog({ title, onClose, children, isPanel = false }: Props): ReactNode {
  return (
    <Base.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className={isPanel ? 'panel-beside' : 'dialog'}>
          <div className="dialog-head">
            <Base.Title>{title}</Base.Title>
            <Base.Close className="quiet" aria-label="Close">
              ✕
            </Base.Close>
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
