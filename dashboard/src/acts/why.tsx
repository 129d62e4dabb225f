import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { explainQuery, taskQuery } from '../api/queries.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Outcome } from '../ui/outcome.tsx';
import { Fault } from '../ui/parts.tsx';
import { Foreign, Json } from '../ui/text.tsx';
import { At } from '../ui/time.tsx';
import { SkipButton } from './skip.tsx';
import { useActs, useMay } from './use-acts.ts';

interface Props {
  taskId: string;
  /** The instant; by default what is nearest to now. */
  at: string | undefined;
  runId?: string | undefined;
  onClose: () => void;
}

/** Explains one occurrence beside the page, with the advice as a button where it can be one. */
export function Why({ taskId, at, runId, onClose }: Props): ReactNode {
  const { data, error } = useQuery(explainQuery(taskId, at));
  return (
    <Dialog title="Why?" onClose={onClose} isPanel>
      {error && <Fault error={error} />}
      {data && (
        <div className="why">
          <p>
            <Outcome state={data.outcome} /> <At at={data.at} />
          </p>
          <p className="sentence">
            <Foreign value={data.sentence} most={2000} />
          </p>
          {data.advice !== null && (
            <p className="advice">
              <Foreign value={data.advice} most={2000} />
            </p>
          )}
          {data.outcome === 'upcoming' && (
            <SkipButton taskId={taskId} at={data.at} isSkipped={false} onDone={onClose} />
          )}
          {data.outcome === 'none' && data.code === 'skipped' && (
            <SkipButton taskId={taskId} at={data.at} isSkipped onDone={onClose} />
          )}
          <Mend code={data.code} taskId={taskId} runId={runId} onDone={onClose} />
          <h3>Evidence</h3>
          <ul className="evidence">
            {data.evidence.map((each, index) => (
              <li key={`${each.type}-${index}`}>
                <details>
                  <summary>
                    <b>{each.type}</b> <Foreign value={each.detail} />
                  </summary>
                  <Json value={each.data} label={`Evidence: ${each.type}`} />
                </details>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Dialog>
  );
}

const CAPACITY = ['no-instance', 'no-worker', 'no-slot', 'no-place', 'queue-paused', 'instance-lost'];

function Mend({
  code,
  taskId,
  runId,
  onDone,
}: {
  code: string;
  taskId: string;
  runId: string | undefined;
  onDone: () => void;
}): ReactNode {
  const acts = useActs();
  const mayAct = useMay('operator');
  const { data: task } = useQuery(taskQuery(taskId));
  if (code === 'paused' && mayAct && task?.state === 'paused') {
    return (
      <button type="button" className="main" onClick={() => void acts.resume(task).then(onDone)}>
        Resume the task
      </button>
    );
  }
  if (['failed', 'timed-out', 'deadline'].includes(code) && mayAct && runId !== undefined) {
    return (
      <button type="button" className="main" onClick={() => void acts.retry(runId).then(onDone)}>
        Retry the run
      </button>
    );
  }
  if (CAPACITY.includes(code)) return <Link to="/instances">Instances and queues</Link>;
  return null;
}
