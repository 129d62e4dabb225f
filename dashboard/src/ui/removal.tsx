import { useState, type ReactNode } from 'react';
import { Confirm } from './confirm.tsx';

interface Props {
  /** What it is, as in "channel". */
  what: string;
  /** Which one, where there are several on the page. */
  name?: string;
  className?: string;
  onRemove: () => void;
  /** What the removal means. */
  children: ReactNode;
}

/** A button that removes something, once that is confirmed. */
export function Removal({ what, name, className, onRemove, children }: Props): ReactNode {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <button
        type="button"
        className={className}
        aria-label={name === undefined ? undefined : `Remove ${name.slice(0, 60)}`}
        onClick={() => setAsking(true)}
      >
        Remove…
      </button>
      {isAsking && (
        <Confirm title={`Remove the ${what}`} act="Remove" onConfirm={onRemove} onClose={() => setAsking(false)}>
          <p>{children}</p>
        </Confirm>
      )}
    </>
  );
}
