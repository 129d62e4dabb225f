import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useActs } from '../acts/use-acts.ts';
import { defined } from '../api/filters.ts';
import { followLog, saveLog, type Line, type LogFilter, type StreamState } from '../api/log-stream.ts';
import { preferences } from '../app/preferences.ts';
import { useSteady } from '../app/steady.ts';
import { useStore } from '../app/store.ts';
import { spansOf } from '../text/ansi.ts';
import { clip } from '../text/visible.ts';
import { clockTime, zoneOf } from '../time/format.ts';
import { Empty, Section } from '../ui/parts.tsx';

/** How many of the attempts can be chosen, the latest first. */
const MOST_CHOICES = 50;
const latest = (attempts: number): number[] =>
  Array.from({ length: Math.min(attempts, MOST_CHOICES) }, (_, index) => attempts - index);

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
/** A line is of one height; what does not fit is cut here and scrolled to the side. */
const LINE = 22;
const LONGEST = 2000;
/** Lines that are kept here; older ones are found by a search. */
const MOST = 50_000;
/** How long nothing must have been typed before the log is looked through (ms). */
const TYPING_MS = 250;
/** How long the former lines stay where nothing of what is wanted now has been found (ms). */
const PATIENCE_MS = 2000;

interface Props {
  runId: string;
  /** How many attempts it has made or begun. */
  attempts: number;
  isFinished: boolean;
  zone: string | undefined;
}

/** The log as it is written. */
export function Log({ runId, attempts, isFinished, zone }: Props): ReactNode {
  const [level, setLevel] = useState<Line['level']>('debug');
  const [text, setText] = useState('');
  const [attempt, setAttempt] = useState('');
  const acts = useActs();
  const [follows, setFollows] = useState(!isFinished);
  const q = useSteady(text.trim(), TYPING_MS);
  const filter: LogFilter = {
    ...(level !== 'debug' && { level }),
    ...(q !== '' && { q }),
    ...(attempt !== '' && { attempt }),
  };
  const { lines, state, isOld } = useLog(runId, filter);
  const isNarrowed = Object.keys(filter).length > 0;
  return (
    <Section
      title="Log"
      aside={
        <div className="log-tools">
          <input
            type="search"
            aria-label="Search in the log"
            placeholder="Search in the log"
            value={text}
            maxLength={200}
            onChange={(event) => setText(event.target.value)}
          />
          <select aria-label="Level" value={level} onChange={(event) => setLevel(event.target.value as never)}>
            {LEVELS.map((each) => (
              <option key={each} value={each}>
                {each === 'debug' ? 'all levels' : `${each} and worse`}
              </option>
            ))}
          </select>
          {attempts > 1 && (
            <select aria-label="Attempt" value={attempt} onChange={(event) => setAttempt(event.target.value)}>
              <option value="">all attempts</option>
              {latest(attempts).map((each) => (
                <option key={each} value={each}>
                  attempt {each}
                </option>
              ))}
            </select>
          )}
          <button type="button" className="small" onClick={() => void acts.do(() => saveLog(runId, filter))}>
            {isNarrowed ? 'Download these lines' : 'Download'}
          </button>
          <label className="check">
            <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.target.checked)} /> follow
          </label>
        </div>
      }
    >
      {lines.length === 0 && !isOld && <Empty>{absenceOf(state, isNarrowed)}</Empty>}
      {lines.length > 0 && <Lines lines={lines} follows={follows} zone={zone} />}
      <p className="muted" role="status">
        {isOld ? (
          'Looking through the log…'
        ) : (
          <>
            {lines.length.toLocaleString('en')} {lines.length === 1 ? 'line' : 'lines'}
            {isNarrowed && ` of ${level === 'debug' ? 'the log' : `level ${level} or worse`}`}
            {attempt !== '' && ` of attempt ${attempt}`}
            {q !== '' && ' with this text'}
            {lines.length >= MOST && ', the newest'}
            {state === 'open' && isNarrowed && isFinished && ' so far'}
          </>
        )}
        {state === 'broken' && `${isOld ? '' : '.'} The log was interrupted; it is read again.`}
      </p>
    </Section>
  );
}

function Lines({
  lines,
  follows,
  zone,
}: {
  lines: readonly Line[];
  follows: boolean;
  zone: string | undefined;
}): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const shownZone = zoneOf(useStore(preferences).zone, zone);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 20,
  });
  useEffect(() => {
    if (follows && lines.length > 0) virtual.scrollToIndex(lines.length - 1);
  }, [follows, lines.length, virtual]);
  return (
    <div ref={scroller} className="log" role="log" aria-live="off" aria-label="Lines of the log" tabIndex={0}>
      <div className="body-group" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((row) => {
          const line = lines[row.index]!;
          return (
            <div
              key={line.sequence}
              className={`log-line ${line.level}`}
              style={{ transform: `translateY(${row.start}px)` }}
            >
              <span className="muted">{clockTime(Date.parse(line.at), shownZone)}</span>
              <span className="level">{line.level}</span>
              <Message line={line} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Message({ line }: { line: Line }): ReactNode {
  const { text, left } = clip(line.message, LONGEST);
  const data = line.data === undefined ? '' : ` ${clip(JSON.stringify(line.data), 500).text}`;
  return (
    <bdi className="message">
      {spansOf(text.replace(/\s*\n\s*/g, ' ⏎ ') + data).map((span, index) => (
        // oxlint-disable-next-line react/no-array-index-key
        <span key={index} className={span.look}>
          {span.text}
        </span>
      ))}
      {left > 0 && ` … ${left.toLocaleString('en')} more characters`}
    </bdi>
  );
}

/** Why no line is shown. */
function absenceOf(state: StreamState, isNarrowed: boolean): string {
  if (isNarrowed) return state === 'ended' ? 'No line of the log fits.' : 'No line fits so far.';
  return state === 'ended' ? 'The run wrote nothing.' : 'Nothing is written yet.';
}

interface Shown {
  lines: readonly Line[];
  state: StreamState;
  /** Whether the lines are those that were wanted before. */
  isOld: boolean;
}

/**
 * Follows what is wanted of the log of a run, and draws at most a few times a second, however much is written. What
 * was wanted before stays until something of the new is there, it is known that there is none, or it takes too long.
 */
function useLog(runId: string, { level, q, attempt }: LogFilter): Shown {
  const of = JSON.stringify([runId, level, q, attempt]);
  const [shown, setShown] = useState<{ of: string; lines: readonly Line[] }>({ of, lines: [] });
  const [told, setTold] = useState<{ of: string; state: StreamState }>({ of, state: 'open' });
  useEffect(() => {
    const stop = new AbortController();
    const filter = defined<LogFilter>({ level, q, attempt });
    let waiting: Line[] = [];
    let isNew = true;
    const flush = (isNone = false): void => {
      if (stop.signal.aborted || (waiting.length === 0 && !(isNone && isNew))) return;
      const [arrived, isFirst] = [waiting, isNew];
      [waiting, isNew] = [[], false];
      setShown(({ lines }) => ({ of, lines: (isFirst ? arrived : [...lines, ...arrived]).slice(-MOST) }));
    };
    const timer = setInterval(flush, 250);
    const patience = setTimeout(() => flush(true), PATIENCE_MS);
    const onLine = (line: Line): void => void waiting.push(line);
    const onState = (state: StreamState): void => setTold({ of, state });
    void followLog(runId, filter, stop.signal, onLine, onState).then(() => flush(true));
    return () => {
      stop.abort();
      clearInterval(timer);
      clearTimeout(patience);
    };
  }, [of, runId, level, q, attempt]);
  return { lines: shown.lines, state: told.of === of ? told.state : 'open', isOld: shown.of !== of };
}
