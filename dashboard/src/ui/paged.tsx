import type { ReactNode } from 'react';
import { Empty, Fault } from './parts.tsx';
import { Rows, type Column } from './rows.tsx';

interface Props<Item> {
  label: string;
  /** A list that is read page by page. */
  list: {
    data: { pages: readonly { items: readonly Item[] }[] } | undefined;
    error: Error | null;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    fetchNextPage: () => unknown;
  };
  columns: readonly Column<Item>[];
  keyOf: (item: Item) => string;
  /** What stands where there is none. */
  children: ReactNode;
}

/** Rows that come page by page, what is said when there are none, and what went wrong. */
export function Paged<Item>({ label, list, columns, keyOf, children }: Props<Item>): ReactNode {
  const items = itemsOf(list.data);
  // What brings nothing is not asked for on and on.
  const isSparse = list.data?.pages.at(-1)?.items.length === 0;
  return (
    <>
      {list.error && <Fault error={list.error} />}
      {list.data && items.length === 0 && !list.hasNextPage && <Empty>{children}</Empty>}
      {list.data && items.length === 0 && list.hasNextPage && (
        <Empty>
          None among the newest.{' '}
          <button type="button" onClick={() => void list.fetchNextPage()}>
            Look further back
          </button>
        </Empty>
      )}
      {items.length > 0 && (
        <Rows
          label={label}
          items={items}
          columns={columns}
          keyOf={keyOf}
          more={{
            has: list.hasNextPage && !isSparse,
            isBusy: list.isFetchingNextPage,
            get: () => void list.fetchNextPage(),
          }}
        />
      )}
      {items.length > 0 && list.hasNextPage && isSparse && (
        <p className="foot">
          Few fit further back.{' '}
          <button type="button" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Look further back
          </button>
        </p>
      )}
    </>
  );
}

/** All items of the pages that were read. */
export const itemsOf = <Item,>(data: { pages: readonly { items: readonly Item[] }[] } | undefined): Item[] =>
  data?.pages.flatMap((page) => page.items) ?? [];
