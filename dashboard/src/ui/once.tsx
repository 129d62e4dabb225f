import type { ReactNode } from 'react';
import { Dialog } from './dialog.tsx';
import { copy } from './parts.tsx';
import { tell } from './toasts.tsx';

/** Shows a secret that is told this one time. */
export function Once({ title, secret, onClose }: { title: string; secret: string; onClose: () => void }): ReactNode {
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="warning">It is shown only now. Copy it to where it is needed.</p>
      <code className="hash secret">{secret}</code>
      <div className="dialog-acts">
        <button type="button" onClick={() => void copy(secret, () => tell('Copied.'))}>
          Copy
        </button>
        <button type="button" className="main" onClick={onClose}>
          I have it
        </button>
      </div>
    </Dialog>
  );
}
