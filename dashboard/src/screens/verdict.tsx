import type { ReactNode } from 'react';
import type { Task } from '../api/client.ts';
import { At } from '../ui/time.tsx';
import { zoneOfTask } from '../ui/triggers.ts';
import { useOutcomes } from './strip.tsx';
import { verdictOf } from './verdict.model.ts';

/** Does it run as it should? In one sentence. */
export function Verdict({ task }: { task: Task }): ReactNode {
  const { data } = useOutcomes(task.id);
  if (data === undefined) return <p className="sentence">&nbsp;</p>;
  const { tone, sentence, at } = verdictOf(task, data);
  return (
    <p className="sentence">
      <b className={tone === 'bad' ? 'bad-text' : tone === 'good' ? 'healthy' : ''}>
        {tone === 'bad' && '! '}
        {tone === 'good' && '✓ '}
        {sentence}
        {at !== undefined && (
          <>
            {' '}
            <At at={at} taskZone={zoneOfTask(task)} />.
          </>
        )}
      </b>
    </p>
  );
}
