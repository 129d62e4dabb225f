import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
import { preferences } from '../../app/preferences.ts';
import { useStore } from '../../app/store.ts';
import { useEvery, whileShort } from '../../app/live.ts';
import type { TaskFilter } from '../../api/filters.ts';
import { matrixQuery } from '../../api/queries.ts';
import { useNow } from '../../time/clock.ts';
import { lengthOf, ownZone, zoneOf } from '../../time/format.ts';
import { itemsOf } from '../../ui/paged.tsx';
import { Empty, Fault } from '../../ui/parts.tsx';
import { Grid } from './grid.tsx';
import { columnsOf, windowOf } from './matrix.model.ts';
import { OneCell } from './one-cell.tsx';
import { RANGES, type RangeName } from './ranges.ts';
import './matrix.css';

interface Props {
  filter: TaskFilter;
  range: RangeName;
  /** By how many halves of what is shown it is moved. */
  shift: number;
  /** The cell that is explained: task, from, to. */
  cell: string | undefined;
  onChange: (part: { range?: RangeName; shift?: number | undefined; cell?: string | undefined }) => void;
}

/** Tasks × time: what was due and what became of it, and what is planned. */
export function Matrix({ filter, range: name, shift, cell, onChange }: Props): ReactNode {
  const range = RANGES.find((each) => each.name === name)!;
  const now = useNow();
  const choice = useStore(preferences).zone;
  const zone = zoneOf(choice, undefined);
  const here = Math.floor(now / range.stepMs);
  const { from, to } = useMemo(() => windowOf(range, here * range.stepMs, shift), [here, range, shift]);
  const query = { ...filter, from: iso(from), to: iso(to), step: range.step, timeZone: zone ?? ownZone() };
  const list = useInfiniteQuery({
    ...matrixQuery(query),
    refetchInterval: whileShort(useEvery(15_000)),
  });
  const rows = itemsOf(list.data);
  const some = rows.find((row) => row.cells.length > 0)?.cells[0]?.from;
  const columns = useMemo(() => columnsOf(range, from, some), [range, from, some]);
  const [close, setClosing] = useState<(() => void) | null>(null);
  const open = (id: string, at: number, focus: () => void): void => {
    setClosing(() => focus);
    onChange({ cell: `${id}@${iso(at)}@${iso(at + range.stepMs)}` });
  };
  return (
    <>
      <div className="filters">
        <label className="field-inline">
          <span>Show</span>
          <select
            value={name}
            onChange={(event) => onChange({ range: event.target.value as RangeName, shift: undefined })}
          >
            {RANGES.map((each) => (
              <option key={each.name} value={each.name}>
                {each.label}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => onChange({ shift: shift - 1 })}>
          ← Earlier
        </button>
        <button type="button" onClick={() => onChange({ shift: shift + 1 })}>
          Later →
        </button>
        {shift !== 0 && (
          <button type="button" onClick={() => onChange({ shift: undefined })}>
            Now
          </button>
        )}
        <Legend />
      </div>
      <p className="muted foot">
        Each cell is {lengthOf(range.stepMs)}, in {zone ?? `your zone (${ownZone()})`}. A cell opens what happened, and
        why.
      </p>
      {list.error && <Fault error={list.error} />}
      {list.data && rows.length === 0 && <Empty>No task fits these filters.</Empty>}
      {rows.length > 0 && (
        <Grid rows={rows} columns={columns} stepMs={range.stepMs} now={now} zone={zone} onOpen={open} />
      )}
      {list.hasNextPage && (
        <button type="button" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          More tasks
        </button>
      )}
      {rows.some(({ truncated }) => truncated) && (
        <p className="muted foot">Some tasks have more occurrences than were counted: those cells show a part.</p>
      )}
      {cell !== undefined && (
        <OneCell
          cell={cell}
          onClose={() => {
            onChange({ cell: undefined });
            close?.();
          }}
        />
      )}
    </>
  );
}

const iso = (ms: number): string => new Date(ms).toISOString();

const SIGNS = [
  ['good', '✓', 'succeeded'],
  ['bad', '✕', 'failed'],
  ['bad', 'T', 'timed out'],
  ['bad', 'M', 'missed'],
  ['odd', '–', 'skipped'],
  ['odd', 'C', 'cancelled'],
  ['odd', '≡', 'one run for several'],
  ['busy', '▶', 'running'],
  ['busy', '·', 'pending'],
  ['calm', '○', 'planned'],
] as const;

const Legend = (): ReactNode => (
  <ul className="matrix-legend" aria-label="Signs">
    {SIGNS.map(([tone, sign, word]) => (
      <li key={word}>
        <span className={`cell-mark ${tone}`} aria-hidden="true">
          {sign}
        </span>{' '}
        {word}
      </li>
    ))}
    <li>
      <span className="cell-mark good stretch" aria-hidden="true">
        ✓
      </span>{' '}
      several; the worst shows
    </li>
  </ul>
);
