import { useQuery } from '@tanstack/react-query';
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { SkipButton } from '../acts/skip.tsx';
import { useEvery } from '../app/live.ts';
import { preferences } from '../app/preferences.ts';
import { useStore } from '../app/store.ts';
import type { Occurrence, Task } from '../api/client.ts';
import { nextRunsQuery, occurrencesQuery } from '../api/queries.ts';
import { wholeTime, zoneOf } from '../time/format.ts';
import { RunLink } from '../ui/links.tsx';
import { lookOf, Outcome } from '../ui/outcome.tsx';
import { Empty, Fault, Section } from '../ui/parts.tsx';
import { Foreign } from '../ui/text.tsx';
import { At, When } from '../ui/time.tsx';
import { zoneOfTask } from '../ui/triggers.ts';
import { spanFor, SPANS } from './spans.ts';

interface Props {
  task: Task;
  /** Asks for an explanation of an instant. */
  onWhy: (at: string) => void;
}

const atOf = ({ scheduledFor, from }: Occurrence): string => scheduledFor ?? from ?? '';

/** What should have happened, with its outcome, and what comes. */
export function Timeline({ task, onWhy }: Props): ReactNode {
  const refetchInterval = useEvery();
  const zone = zoneOfTask(task);
  const shown = zoneOf(useStore(preferences).zone, zone);
  const { data: coming } = useQuery({ ...nextRunsQuery(task.id), refetchInterval });
  const [chosen, setSpan] = useState<number | null>(null);
  const spanMs = chosen ?? spanFor(coming?.runs.map(({ at }) => Date.parse(at)) ?? []);
  const { data: past, error } = useQuery({ ...occurrencesQuery(task.id, spanMs), refetchInterval });
  const newest = past?.items.toReversed() ?? [];
  return (
    <>
      <Section
        title="Past and coming"
        aside={
          <label className="field-inline">
            <span>Over the last</span>
            <select value={spanMs} onChange={(event) => setSpan(Number(event.target.value))}>
              {SPANS.map(({ ms, name }) => (
                <option key={ms} value={ms}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        }
      >
        {error && <Fault error={error} />}
        <Strip past={past?.items.slice(-60) ?? []} coming={coming?.runs ?? []} zone={shown} onWhy={onWhy} />
        {past && past.nextCursor !== null && <p className="muted">The first 200 of this time; choose a shorter one.</p>}
      </Section>
      <div className="two">
        <Section title="Outcomes, newest first">
          {past && newest.length === 0 && <Empty>Nothing was due in this time. Outcomes arrive here.</Empty>}
          <ul className="plain lines ledger">
            {newest.slice(0, 100).map((each) => (
              <Entry key={`${atOf(each)}-${each.runId ?? ''}`} entry={each} zone={zone} onWhy={onWhy} />
            ))}
          </ul>
        </Section>
        <Section title="Coming">
          {coming?.runs.length === 0 && <Empty>No occurrence is planned.</Empty>}
          <ol className="plain lines">
            {coming?.runs.map(({ at, dueAt, shifted, repeated, calendar, skipped }) => (
              <li key={at}>
                <When at={at} taskZone={zone} />
                {skipped && (
                  <span>
                    <Outcome state="skipped" /> <Foreign value={`${skipped.by}: ${skipped.reason}`} most={80} />
                  </span>
                )}
                <span className="end muted">
                  {shifted === true && 'shifted by the clock change '}
                  {repeated !== undefined && `the ${repeated} of two such times `}
                  {calendar !== undefined && <Foreign value={calendar} most={40} />}
                  {dueAt !== undefined && dueAt !== at && <>starts {<At at={dueAt} taskZone={zone} />} </>}
                  <SkipButton taskId={task.id} at={at} isSkipped={skipped !== undefined} />
                </span>
              </li>
            ))}
          </ol>
        </Section>
      </div>
    </>
  );
}

/** What made a run, where that was not the schedule. */
const BY = { manual: 'by hand', event: 'by an event', backfill: 'backfilled', retry: 'run again' } as const;

function Entry({
  entry,
  zone,
  onWhy,
}: {
  entry: Occurrence;
  zone: string | undefined;
  onWhy: (at: string) => void;
}): ReactNode {
  const { outcome, reason, runId, count = 1, to, trigger } = entry;
  const at = atOf(entry);
  return (
    <li>
      {runId === undefined ? <Outcome state={outcome} /> : <RunLink run={{ id: runId, state: outcome }} />}
      <At at={at} taskZone={zone} />
      {count > 1 && to !== undefined && (
        <span>
          to <At at={to} taskZone={zone} />, {count.toLocaleString('en')} of them
        </span>
      )}
      {trigger !== undefined && trigger !== 'schedule' && <span className="tag">{BY[trigger]}</span>}
      {reason !== null && (
        <span className="muted">
          <Foreign value={reason} most={120} />
        </span>
      )}
      <button type="button" className="end small" onClick={() => onWhy(at)}>
        Why?
      </button>
    </li>
  );
}

/** The last outcomes and the next starts as one row of cells, with a line for now. */
function Strip({
  past,
  coming,
  zone,
  onWhy,
}: {
  zone: string | undefined;
  past: readonly Occurrence[];
  coming: readonly { at: string; skipped?: object }[];
  onWhy: (at: string) => void;
}): ReactNode {
  const counts = new Map<string, number>();
  for (const { outcome, count = 1 } of past) counts.set(outcome, (counts.get(outcome) ?? 0) + count);
  const said = [...counts].map(([outcome, count]) => `${count} ${lookOf(outcome).word}`).join(', ');
  return (
    <>
      <div className="strip" role="group" aria-label={`Last outcomes: ${said || 'none'}; ${coming.length} coming`}>
        {past.map((entry, index) => {
          const { sign, tone, word } = lookOf(entry.outcome);
          return (
            <button
              type="button"
              key={`${atOf(entry)}-${entry.runId ?? ''}`}
              className={`cell-mark ${tone}${(entry.count ?? 1) > 1 ? ' stretch' : ''}`}
              aria-label={`${word}, ${atOf(entry)}: why?`}
              title={`${word} · ${wholeTime(Date.parse(atOf(entry)), zone)}`}
              tabIndex={index === past.length - 1 ? 0 : -1}
              onKeyDown={moveFocus}
              onClick={() => onWhy(atOf(entry))}
            >
              {sign}
            </button>
          );
        })}
        <span className="now-line" />
        {coming.map(({ at, skipped }) => (
          <span
            key={at}
            className={`cell-mark ${skipped ? 'odd' : 'calm'}`}
            title={`${skipped ? 'skipped' : 'planned'} · ${wholeTime(Date.parse(at), zone)}`}
          >
            {skipped ? '–' : '○'}
          </span>
        ))}
      </div>
      <p className="muted">
        {said || 'No outcome yet'}
        {past[0] && `, from ${wholeTime(Date.parse(atOf(past[0])), zone)} on`}
        {coming.length > 0 && `; then the next ${coming.length} starts`}
      </p>
    </>
  );
}

/** The cells are one stop of the Tab key; arrows go from cell to cell. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const { currentTarget: cell, key } = event;
  const next =
    key === 'ArrowLeft' ? cell.previousElementSibling : key === 'ArrowRight' ? cell.nextElementSibling : null;
  if (next instanceof HTMLButtonElement) next.focus();
}
