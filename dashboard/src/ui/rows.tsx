import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';

export interface Column<Item> {
  name: string;
  /** Its share of the width, as a track of a grid. */
  width: string;
  cell: (item: Item) => ReactNode;
  /** By what a click on its head sorts. */
  sort?: string;
}

/** How a list is sorted, and what sorts it otherwise. */
export interface Sorted {
  by: string | undefined;
  order: 'asc' | 'desc';
  onSort: (by: string) => void;
}

interface Props<Item> {
  label: string;
  items: readonly Item[];
  columns: readonly Column<Item>[];
  keyOf: (item: Item) => string;
  /** What the items are a list of: with another, nothing is held of the former. */
  of?: string;
  /** Whether there is more, and what gets it. */
  more?: { has: boolean; isBusy: boolean; get: () => void };
  sorted?: Sorted;
}

const NARROW = '(max-width: 800px)';
const ROW = 44;
const NARROW_LINE = 26;

const media = typeof matchMedia === 'function' ? matchMedia(NARROW) : null;
const followMedia = (listener: () => void): (() => void) => {
  media?.addEventListener('change', listener);
  return () => media?.removeEventListener('change', listener);
};
const isNarrow = (): boolean => media?.matches === true;
const useNarrow = (): boolean => useSyncExternalStore(followMedia, isNarrow, () => false);

/**
 * A list of rows of one height, of which only the visible ones are drawn. While the pointer or the focus is on it, its
 * rows stay where they are: new ones are only counted.
 */
export function Rows<Item>({ label, items, columns, keyOf, of = '', more, sorted }: Props<Item>): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const narrow = useNarrow();
  const { shown, fresh, hold, release } = useHeld(items, keyOf, of);
  const size = narrow ? NARROW_LINE * columns.length + 14 : ROW;
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => size,
    overscan: 8,
  });
  useEffect(() => virtual.measure(), [size, virtual]);
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  const isAtEnd = last >= shown.length - 20;
  useEffect(() => {
    if (more?.has && !more.isBusy && isAtEnd && shown.length > 0) more.get();
  }, [more, isAtEnd, shown.length]);
  const tracks = columns.map(({ width }) => width).join(' ');
  return (
    <div className="rows">
      {fresh > 0 && (
        <button type="button" className="fresh" onClick={release}>
          {fresh} new
        </button>
      )}
      <div
        ref={scroller}
        className="scroller"
        role="table"
        aria-label={label}
        aria-rowcount={more?.has ? -1 : shown.length + 1}
        onPointerEnter={(event) => event.pointerType === 'mouse' && hold()}
        onPointerLeave={release}
        tabIndex={0}
      >
        <div role="rowgroup" className="head-group">
          <div role="row" aria-rowindex={1} className="row head" style={narrow ? {} : { gridTemplateColumns: tracks }}>
            {columns.map(({ name, sort }) => (
              <Header key={name} name={name} sort={sort} sorted={sorted} />
            ))}
          </div>
        </div>
        <div role="rowgroup" className="body-group" style={{ height: virtual.getTotalSize() }}>
          {rows.map((row) => {
            const item = shown[row.index]!;
            return (
              <Row
                key={keyOf(item)}
                {...{ item, columns, size }}
                index={row.index}
                start={row.start}
                tracks={narrow ? null : tracks}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface RowProps<Item> {
  item: Item;
  columns: readonly Column<Item>[];
  index: number;
  /** Where it begins, and how high it is. */
  start: number;
  size: number;
  /** The tracks of its grid; null where its cells lie one below the other. */
  tracks: string | null;
}

function OneRow<Item>({ item, columns, index, start, size, tracks }: RowProps<Item>): ReactNode {
  const place = { height: size, transform: `translateY(${start}px)` };
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className="row"
      style={tracks === null ? place : { ...place, gridTemplateColumns: tracks }}
    >
      {columns.map(({ name, cell }) => (
        <div role="cell" key={name} className="cell" data-name={name}>
          {cell(item)}
        </div>
      ))}
    </div>
  );
}

/** Each frame of a scroll draws the list anew: what stays in sight must not be drawn with it. */
const Row = memo(OneRow) as typeof OneRow;

/** The head of a column; where it sorts, a button. */
function Header({
  name,
  sort,
  sorted,
}: {
  name: string;
  sort: string | undefined;
  sorted: Sorted | undefined;
}): ReactNode {
  if (sort === undefined || !sorted) return <div role="columnheader">{name}</div>;
  const isIt = sorted.by === sort;
  const said = sorted.order === 'asc' ? 'ascending' : 'descending';
  return (
    <div role="columnheader" aria-sort={isIt ? said : 'none'}>
      <button
        type="button"
        className="link"
        onClick={() => sorted.onSort(sort)}
        title={`Sort by ${name.toLowerCase()}`}
      >
        {name} {isIt && <span aria-hidden="true">{sorted.order === 'asc' ? '▲' : '▼'}</span>}
      </button>
    </div>
  );
}

/** The items in the order in which they were when they were held, unless those were items of something else. */
function useHeld<Item>(items: readonly Item[], keyOf: (item: Item) => string, of: string) {
  const [kept, keep] = useState<{ of: string; items: readonly Item[] } | null>(null);
  const held = kept?.of === of ? kept.items : null;
  // Not with each frame of a scroll: there may be ten thousand.
  const { shown, fresh } = useMemo(() => orderAs(held, items, keyOf), [held, items, keyOf]);
  return { shown, fresh, hold: () => keep({ of, items }), release: () => keep(null) };
}

function orderAs<Item>(held: readonly Item[] | null, items: readonly Item[], keyOf: (item: Item) => string) {
  if (held === null) return { shown: items, fresh: 0 };
  const byKey = new Map(items.map((item) => [keyOf(item), item]));
  const known = new Set(held.map(keyOf));
  // What is added at the end moves nothing: it was asked for by scrolling.
  const lastKnown = items.findLastIndex((item) => known.has(keyOf(item)));
  const shown = [...held.map((item) => byKey.get(keyOf(item)) ?? item), ...items.slice(lastKnown + 1)];
  const fresh = items.slice(0, lastKnown + 1).filter((item) => !known.has(keyOf(item))).length;
  return { shown, fresh };
}
