import { memo, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { Schemas } from '../../api/client.ts';
import { clockTime, wholeTime } from '../../time/format.ts';
import { TaskLink } from '../../ui/links.tsx';
import { lookOf } from '../../ui/outcome.tsx';
import { changesClock, moved, placed, saidOf } from './matrix.model.ts';

type Row = Schemas['OccurrenceRowResponse'];

interface Props {
  rows: readonly Row[];
  /** The beginnings of the columns, in epoch milliseconds. */
  columns: readonly number[];
  stepMs: number;
  now: number;
  zone: string | undefined;
  /** Explains a cell; `focus` gives the focus back to it. */
  onOpen: (taskId: string, at: number, focus: () => void) => void;
}

const DAY_MS = 86_400_000;
/** Every so many columns, one has its time over it. */
const LABEL_EVERY = 6;

/** The grid: one stop of the Tab key, arrows go from cell to cell, Enter explains. */
export function Grid({ rows, columns, stepMs, now, zone, onOpen }: Props): ReactNode {
  const grid = useRef<HTMLDivElement>(null);
  const nowAt = columns.findLastIndex((at) => at <= now && now < at + stepMs);
  useEffect(() => {
    const [frame, head] = [grid.current?.parentElement, grid.current?.querySelector<HTMLElement>('.matrix-now')];
    if (frame && head) frame.scrollLeft = head.offsetLeft - frame.clientWidth * 0.7;
  }, [stepMs]);
  const [[row, column], setActive] = useState<readonly [number, number]>([0, Math.max(0, nowAt)]);
  const cellAt = (place: readonly [number, number]): HTMLElement | null =>
    grid.current?.querySelector(`[data-place="${place.join('-')}"]`) ?? null;
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (!(event.target instanceof HTMLElement) || event.target.dataset['place'] === undefined) return;
    const next = moved([row, column], event.key, rows.length, columns.length);
    if (!next) return;
    event.preventDefault();
    setActive(next);
    cellAt(next)?.focus();
  };
  const tracks = { gridTemplateColumns: `var(--names) repeat(${columns.length}, minmax(var(--cell), 1fr))` };
  return (
    <div className="matrix">
      <div
        ref={grid}
        role="grid"
        tabIndex={-1}
        aria-label="Occurrences by task and time"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 1}
        onKeyDown={onKeyDown}
      >
        <div role="row" aria-rowindex={1} className="matrix-row matrix-head" style={tracks}>
          <div role="columnheader" className="matrix-name">
            Task
          </div>
          {columns.map((at, index) => (
            <div
              role="columnheader"
              key={at}
              className={index === nowAt ? 'matrix-now' : ''}
              aria-label={wholeTime(at, zone)}
            >
              {index === nowAt && <span className="matrix-time">now</span>}
              {index % LABEL_EVERY === 0 && Math.abs(index - nowAt) > 1 && (
                <span className="matrix-time">{shortTime(at, stepMs, zone)}</span>
              )}
              {changesClock(at, stepMs, zone) && (
                <span className="mark" title="The clocks change">
                  ±
                </span>
              )}
            </div>
          ))}
        </div>
        {rows.map((each, index) => (
          <OneRow
            key={each.taskId}
            {...{ row: each, index, columns, stepMs, nowAt, zone, tracks: tracks.gridTemplateColumns }}
            active={index === Math.min(row, rows.length - 1) ? Math.min(column, columns.length - 1) : null}
            onPick={(at) => {
              setActive([index, at]);
              onOpen(each.taskId, columns[at]!, () => setTimeout(() => cellAt([index, at])?.focus(), 0));
            }}
          />
        ))}
      </div>
    </div>
  );
}

/** The day where it is another than the one that stands before, otherwise the time. */
const shortTime = (at: number, stepMs: number, zone: string | undefined): string => {
  const day = wholeTime(at, zone).slice(0, 6);
  if (stepMs >= DAY_MS / 4) return day;
  const time = clockTime(at, zone).slice(0, 5);
  return wholeTime(at - LABEL_EVERY * stepMs, zone).slice(0, 6) === day ? time : `${day}, ${time}`;
};

interface RowProps {
  row: Row;
  index: number;
  columns: readonly number[];
  stepMs: number;
  nowAt: number;
  zone: string | undefined;
  tracks: string;
  /** The column that the Tab key reaches, if it is in this row. */
  active: number | null;
  onPick: (column: number) => void;
}

const OneRow = memo(
  ({ row, index, columns, stepMs, nowAt, zone, tracks, active, onPick }: RowProps): ReactNode => (
    <div role="row" aria-rowindex={index + 2} className="matrix-row" style={{ gridTemplateColumns: tracks }}>
      <div role="rowheader" className="matrix-name">
        <TaskLink id={row.taskId} name={row.name} />
      </div>
      {placed(row.cells, columns, stepMs).map((cell, at) => {
        const { sign, tone } = lookOf(cell?.worst ?? 'none');
        const said = saidOf(cell, wholeTime(columns[at]!, zone));
        const many = cell && cell.count > 1 ? ' stretch' : '';
        return (
          <div
            role="gridcell"
            key={columns[at]}
            tabIndex={at === active ? 0 : -1}
            data-place={`${index}-${at}`}
            aria-label={said}
            title={said}
            className={`${cell ? `matrix-cell ${tone}${many}` : 'matrix-cell'}${at === nowAt ? ' matrix-now' : ''}`}
            onClick={() => cell && onPick(at)}
            onKeyDown={(event) =>
              cell &&
              (event.key === 'Enter' || event.key === ' ' || event.key === 'w') &&
              (event.preventDefault(), event.stopPropagation(), onPick(at))
            }
          >
            {cell ? sign : ''}
          </div>
        );
      })}
    </div>
  ),
  (a, b) =>
    a.row === b.row &&
    a.active === b.active &&
    a.columns === b.columns &&
    a.nowAt === b.nowAt &&
    a.zone === b.zone &&
    a.index === b.index,
);
