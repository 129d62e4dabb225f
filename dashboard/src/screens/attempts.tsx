import type { ReactNode } from 'react';
import { preferences } from '../app/preferences.ts';
import { useStore } from '../app/store.ts';
import type { Run } from '../api/client.ts';
import { shortId } from '../text/short-id.ts';
import { useNow } from '../time/clock.ts';
import { clockTime, latenessOf, lengthOf, zoneOf } from '../time/format.ts';
import { Outcome } from '../ui/outcome.tsx';
import { Foreign } from '../ui/text.tsx';
import { At } from '../ui/time.tsx';

interface Props {
  run: Run;
  zone: string | undefined;
  /** What the sentence above says already. */
  told: string;
}

/** The attempts on one axis of time, from when the run was due, and each in a line. */
export function Attempts({ run, zone, told }: Props): ReactNode {
  const now = useNow();
  const shown = zoneOf(useStore(preferences).zone, zone);
  const started = run.attempts.flatMap(({ startedAt }) => (startedAt === null ? [] : [Date.parse(startedAt)]));
  const first = Math.min(...started, run.startedAt === null ? Infinity : Date.parse(run.startedAt));
  if (!Number.isFinite(first)) return <p className="muted">It has not started.</p>;
  const begin = run.trigger === 'schedule' ? first - (run.latenessMs ?? 0) : first;
  const late = latenessOf(run);
  const end = run.finishedAt === null ? now : Date.parse(run.finishedAt);
  const width = Math.max(1, end - begin);
  const place = (ms: number): number => ((ms - begin) / width) * 1000;
  return (
    <>
      <svg className="attempts" viewBox="0 0 1000 24" preserveAspectRatio="none" aria-hidden="true">
        <rect x="0" y="10" width="1000" height="4" className="axis" />
        <rect x="0" y="6" width={place(first)} height="12" className="late" />
        {run.attempts.map(({ number, startedAt, finishedAt, outcome }) => {
          const from = place(startedAt === null ? Date.parse(finishedAt) : Date.parse(startedAt));
          const wide = Math.max(4, place(Date.parse(finishedAt)) - from);
          return <rect key={number} x={from} y="2" width={wide} height="20" rx="2" className={`bar ${outcome}`} />;
        })}
        {run.finishedAt === null && run.state === 'running' && (
          <rect
            x={place(lastStart(run, first))}
            y="2"
            width={Math.max(4, 1000 - place(lastStart(run, first)))}
            height="20"
            className="bar running"
          />
        )}
      </svg>
      <p className="attempts-axis muted" aria-hidden="true">
        <span>{begin < first ? `due ${clockTime(begin, shown)}` : `started ${clockTime(begin, shown)}`}</span>
        <span>{run.finishedAt === null ? 'now' : `ended ${clockTime(end, shown)}`}</span>
      </p>
      <ol className="plain lines">
        {late !== null && (
          <li>
            <span className="step">started late by</span> <span className="number">{lengthOf(late)}</span>
          </li>
        )}
        {run.attempts.map(({ number, outcome, startedAt, finishedAt, error, instance }) => (
          <li key={number}>
            <span className="step">attempt {number}</span>
            <Outcome state={outcome} />
            {startedAt !== null && (
              <>
                <At at={startedAt} taskZone={zone} />
                <span className="number">took {lengthOf(Date.parse(finishedAt) - Date.parse(startedAt))}</span>
              </>
            )}
            {error && (
              <span className="error">
                <b>
                  <Foreign value={error.code} most={80} />
                </b>{' '}
                {error.message !== told && <Foreign value={error.message} most={2000} />}
              </span>
            )}
            <span className="muted end">
              on instance <code title={instance}>{shortId(instance)}</code>
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

/** The start of the attempt under way. */
const lastStart = ({ current }: Run, first: number): number =>
  typeof current?.startedAt === 'string' ? Date.parse(current.startedAt) : first;
