import { useState, type ReactNode } from 'react';
import type { Draft } from '../../forms/draft.ts';
import { Section } from '../../ui/parts.tsx';
import { Comparison, type Plan } from '../forecast/comparison.tsx';

interface Props {
  draft: Draft;
  /** The task that the draft is to replace. */
  taskId: string | undefined;
}

/** What the task adds to the load of the coming day. Asked for by a click: it looks at all other tasks. */
export function AddedLoad({ draft, taskId }: Props): ReactNode {
  const [asked, ask] = useState<Draft | null>(null);
  const plan: Plan = {
    ...{ hours: 24, step: '1m', add: [asked as never] },
    ...(taskId !== undefined && { without: { ids: [taskId], tags: [] } }),
  };
  return (
    <Section title="The load with it">
      {asked === null ? (
        <p className="muted">How crowded the coming 24 hours would be, beside how they are.</p>
      ) : (
        <Comparison plan={plan} />
      )}
      {asked !== draft && (
        <button type="button" className="small" onClick={() => ask(draft)}>
          Compare
        </button>
      )}
    </Section>
  );
}
