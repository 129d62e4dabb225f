import { useEffect, type ReactNode } from 'react';
import { Store, useStore } from '../app/store.ts';

interface Toast {
  id: number;
  text: string;
  isBad: boolean;
  undo?: () => void;
}

const LIFE_MS = 10_000;
const toasts = new Store<readonly Toast[]>([]);
let count = 0;

const drop = (id: number): void => toasts.set(toasts.get().filter((each) => each.id !== id));

/** Tells what was done; `undo` is offered for ten seconds. */
export function tell(text: string, undo?: () => void): void {
  toasts.set([...toasts.get().slice(-3), { id: ++count, text, isBad: false, ...(undo && { undo }) }]);
}

/** Tells what did not work. */
export function tellFault(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  toasts.set([...toasts.get().slice(-3), { id: ++count, text, isBad: true }]);
}

export function Toasts(): ReactNode {
  const all = useStore(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {all.map((toast) => (
        <OneToast key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function OneToast({ toast }: { toast: Toast }): ReactNode {
  useEffect(() => {
    const timer = setTimeout(() => drop(toast.id), LIFE_MS);
    return () => clearTimeout(timer);
  }, [toast.id]);
  return (
    <div className={toast.isBad ? 'toast bad' : 'toast'}>
      <bdi>{toast.text.slice(0, 400)}</bdi>
      {toast.undo && (
        <button
          type="button"
          onClick={() => {
            drop(toast.id);
            toast.undo?.();
          }}
        >
          Undo
        </button>
      )}
      <button type="button" className="quiet" aria-label="Dismiss" onClick={() => drop(toast.id)}>
        ✕
      </button>
    </div>
  );
}
