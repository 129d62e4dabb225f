import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Head } from '../ui/parts.tsx';

export function Nowhere(): ReactNode {
  return (
    <>
      <Head title="Nothing is here" />
      <p>
        No page is at this address. <Link to="/">To the overview</Link>
      </p>
    </>
  );
}

/** After an update of the service, parts of an old page are no longer there: a reload gets the new one. */
export function Broken({ error }: { error: unknown }): ReactNode {
  return (
    <>
      <Head title="This page cannot be shown" />
      <p role="alert">{(error instanceof Error ? error.message : String(error)).slice(0, 500)}</p>
      <button type="button" onClick={() => location.reload()}>
        Load it anew
      </button>
    </>
  );
}
