import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { PauseDialog } from '../acts/pause-dialog.tsx';
import { useActs, useMay } from '../acts/use-acts.ts';
import { useAsking } from '../app/live.ts';
import type { Schemas } from '../api/client.ts';
import { instancesQuery, queuesQuery } from '../api/queries.ts';
import { lengthOf } from '../time/format.ts';
import { Empty, Fault, Head, Section } from '../ui/parts.tsx';
import { Foreign } from '../ui/text.tsx';
import { Usage } from './settings/usage.tsx';
import { Instance } from './instance.tsx';

type Queue = Schemas['QueueResponse'];

/** Is there enough capacity, is one sick? */
export function Instances(): ReactNode {
  const refetchInterval = useAsking();
  const { data, error } = useQuery({ ...instancesQuery, refetchInterval });
  const { data: queues, error: queuesError } = useQuery({ ...queuesQuery, refetchInterval });
  const atWork = data?.items.filter(({ alive, leaving, works }) => alive && !leaving && works).length;
  const versions = new Set(data?.items.filter(({ alive }) => alive).map(({ version }) => version));
  return (
    <>
      <Head title="Instances and queues" />
      {error && <Fault error={error} />}
      {versions.size > 1 && <p className="warning">{versions.size} versions are at work at once.</p>}
      {data?.missing.map(({ kind, name, tasks }) => (
        <p className="warning" key={`${kind}-${name}`}>
          {tasks} overdue {tasks === 1 ? 'task waits' : 'tasks wait'} for what no instance has: {kind.replace('-', ' ')}{' '}
          <Foreign value={name} most={100} />
        </p>
      ))}
      <Section title="Instances">
        {atWork === 1 && <p className="muted">One instance only: while it is away, nothing starts.</p>}
        <ul className="plain instances">
          {data?.items.map((each) => (
            <Instance key={each.id} instance={each} />
          ))}
        </ul>
      </Section>
      <Usage />
      <Section title="Queues">
        {queuesError && <Fault error={queuesError} />}
        {queues?.items.length === 0 && <Empty>No queue has anything.</Empty>}
        {queues && queues.items.length > 0 && (
          <div className="wide">
            <table className="grid">
              <thead>
                <tr>
                  {['Queue', 'Waiting', 'Oldest waits for', 'Running', 'Tasks due later', 'Instances', 'State'].map(
                    (each) => (
                      <th scope="col" key={each}>
                        {each}
                      </th>
                    ),
                  )}
                </tr>
              </thead>
              <tbody>
                {queues.items.map((queue) => (
                  <QueueRow key={queue.name} queue={queue} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Section>
    </>
  );
}

function QueueRow({ queue }: { queue: Queue }): ReactNode {
  const { name, waiting, running, upcoming, oldest, workers, paused } = queue;
  const acts = useActs();
  const mayAct = useMay('operator');
  const [isPausing, setPausing] = useState(false);
  return (
    <tr>
      <th scope="row">
        <Link to="/tasks" search={{ queue: name }}>
          <Foreign value={name} most={60} />
        </Link>
      </th>
      <td>{waiting}</td>
      <td>{oldest ? lengthOf(oldest.ageMs) : '–'}</td>
      <td>{running}</td>
      <td>{upcoming}</td>
      <td>{workers.length}</td>
      <td>
        {paused ? (
          <>
            paused: <Foreign value={paused.reason} most={80} />{' '}
          </>
        ) : (
          'open '
        )}
        {mayAct && paused && (
          <button type="button" className="small" onClick={() => void acts.resumeQueue(name)}>
            Resume
          </button>
        )}
        {mayAct && !paused && (
          <button
            type="button"
            className="small"
            aria-label={`Pause the queue ${name}`}
            onClick={() => setPausing(true)}
          >
            Pause…
          </button>
        )}
        {isPausing && (
          <PauseDialog
            title="Pause the queue"
            hasUntil={false}
            onClose={() => setPausing(false)}
            onPause={(reason) => void acts.pauseQueue(name, reason)}
          >
            <p>
              Nothing of <Foreign value={name} most={60} /> starts until it resumes.
            </p>
          </PauseDialog>
        )}
      </td>
    </tr>
  );
}
