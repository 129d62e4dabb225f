import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, got, Refusal, type Schemas, type Task } from '../../api/client.ts';
import { useSteady } from '../../app/steady.ts';
import { useNow } from '../../time/clock.ts';
import { ownZone, relative, wholeTime, zoneOf } from '../../time/format.ts';
import { Fault, Section } from '../../ui/parts.tsx';
import { Foreign } from '../../ui/text.tsx';
import { At } from '../../ui/time.tsx';
import { actionLine, isTimed } from '../../ui/triggers.ts';
import { at, type Draft } from '../../forms/draft.ts';
import { AddedLoad } from './load.tsx';
import { isBlank } from './task-draft.ts';
import { Warnings } from './warnings.tsx';

const COUNT = 8;
/** How long nothing must have been typed before the service is asked. */
const PAUSE_MS = 150;

/** What each trigger means, in words and as instants, while it is typed. The service reads it: there is no other reader. */
export function Previews({ draft, taskId }: { draft: Draft; taskId: string | undefined }): ReactNode {
  const steady = useSteady(draft, PAUSE_MS);
  const triggers = Array.isArray(steady['triggers']) ? (steady['triggers'] as unknown[]) : [];
  return (
    <div className="previews">
      <Warnings draft={steady} taskId={taskId} />
      {!isBlank(steady) && at(steady, '/action/type') === 'http' && (
        <p className="sentence">
          Each run sends{' '}
          <b>
            <Foreign value={actionLine(steady['action'] as Task['action'])} most={300} />
          </b>
        </p>
      )}
      {triggers.map((trigger, index) => (
        <Preview
          key={String(index)}
          trigger={trigger}
          calendars={steady['calendars']}
          title={triggers.length === 1 ? 'What it will do' : `What trigger ${index + 1} will do`}
        />
      ))}
      {triggers.some((trigger) => isTimed(at(trigger, '/type'))) && <AddedLoad draft={draft} taskId={taskId} />}
    </div>
  );
}

function Preview({ trigger, calendars, title }: { trigger: unknown; calendars: unknown; title: string }): ReactNode {
  const type = at(trigger, '/type');
  const hasTimes = isTimed(type);
  const { data, error } = useQuery({
    queryKey: ['preview', trigger, calendars],
    enabled: hasTimes,
    staleTime: 10_000,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const body = { trigger, count: COUNT, ...(Array.isArray(calendars) && { calendars: calendars as never[] }) };
      return got(api.POST('/v1/triggers/preview', { body: body as never, signal }));
    },
  });
  if (!hasTimes) {
    return (
      <Section title={title}>
        <p className="muted">
          {type === 'event' ? 'It starts when such an event comes.' : 'It has no times of its own.'}
        </p>
      </Section>
    );
  }
  return (
    <Section title={title}>
      {error && <Fault error={error instanceof Refusal ? error : new Error('It cannot be previewed.')} />}
      {!error && data && <Runs data={data} zone={zoneName(trigger)} />}
    </Section>
  );
}

const zoneName = (trigger: unknown): string => {
  const zone = at(trigger, '/timeZone');
  return typeof zone === 'string' && zone !== '' ? zone : 'UTC';
};

function Runs({ data, zone }: { data: Schemas['PreviewResponse']; zone: string }): ReactNode {
  const now = useNow();
  const known = zoneOf('task', zone);
  return (
    <>
      <p className="sentence" role="status">
        <b>
          <Foreign value={data.description} />
        </b>
      </p>
      {data.runs.length === 0 && <p className="warning">It never starts.</p>}
      {data.runs.length > 0 && (
        <div className="wide" tabIndex={0} role="region" aria-label="The next starts">
          <table className="grid narrow">
            <thead>
              <tr>
                <th scope="col">In {zone}</th>
                <th scope="col">In your zone, {ownZone()}</th>
              </tr>
            </thead>
            <tbody>
              {data.runs.map((run) => {
                const ms = Date.parse(run.at);
                return (
                  <tr key={run.at}>
                    <td title={run.local ?? run.at}>
                      {wholeTime(ms, known)} <Marks run={run} />
                    </td>
                    <td>
                      {wholeTime(ms, undefined)} <span className="muted below">{relative(ms, now)}</span>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {data.leftOut.length > 0 && <h3>What calendars leave out</h3>}
      <ul className="plain lines">
        {data.leftOut.slice(0, 20).map(({ from, to, count, calendar, outcome }) => (
          <li key={`${from}-${calendar}`}>
            <At at={from} taskZone={zone} />
            {to !== from && (
              <span>
                to <At at={to} taskZone={zone} />
              </span>
            )}
            <span className="end muted">
              {count} {outcome} by <Foreign value={calendar} most={60} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Marks({ run }: { run: Schemas['PreviewedRunResponse'] }): ReactNode {
  const marks = [
    run.shifted === true ? 'shifted by the clock change' : '',
    run.repeated === undefined ? '' : `the ${run.repeated} of two such times`,
    run.calendar === undefined ? '' : `moved by ${run.calendar}`,
  ].filter(Boolean);
  return marks.map((each) => (
    <span key={each} className="mark">
      <Foreign value={each} most={60} />
    </span>
  ));
}
