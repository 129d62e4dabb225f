import type { ReactNode } from 'react';
import type { Schemas } from '../api/client.ts';
import { shortId } from '../text/short-id.ts';
import { useNow } from '../time/clock.ts';
import { lengthOf } from '../time/format.ts';
import { Foreign } from '../ui/text.tsx';
import { vitalsOf } from './instance.model.ts';

/** Of how many shards all tasks are. */
const SHARDS = 256;

/** One process: how full it is, and how fresh what is known of it. */
export function Instance({ instance }: { instance: Schemas['InstanceResponse'] }): ReactNode {
  const now = useNow();
  const { id, version, running, concurrency, heartbeatAt, shards, alive, leaving, saturated, works } = instance;
  const state = !alive
    ? 'gone'
    : leaving
      ? 'stops'
      : !works
        ? 'runs no tasks'
        : saturated
          ? 'healthy, full'
          : 'healthy';
  const tone = !alive ? 'bad' : leaving || !works ? '' : 'good';
  const age = Math.max(0, now - Date.parse(heartbeatAt));
  return (
    <li className="instance">
      <div className="instance-head">
        <code title={id}>{shortId(id)}</code>
        <span className={`tag ${tone}`}>{state}</span>
        <span className="muted end">
          version <Foreign value={version} most={40} /> · last heartbeat {age < 1000 ? 'now' : `${lengthOf(age)} ago`} ·
          starts {Math.round((shards / SHARDS) * 100)} % of the tasks
        </span>
      </div>
      <svg className="load" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="6" className="load-room" />
        <rect
          width={concurrency === 0 ? 0 : Math.min(100, (running / concurrency) * 100)}
          height="6"
          className="load-used"
        />
      </svg>
      <span className="muted">
        {running.toLocaleString('en')} of {concurrency.toLocaleString('en')} slots of this instance are taken by runs of
        all organizations
      </span>
      <span className="vitals">
        {vitalsOf(instance).map(({ sentence, isBad }) => (
          <span key={sentence} className={isBad ? 'bad-text' : 'muted'}>
            {isBad && '! '}
            {sentence}
          </span>
        ))}
      </span>
    </li>
  );
}
