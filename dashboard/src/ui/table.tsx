import type { ReactNode } from 'react';

interface Props<Item> {
  label: string;
  items: readonly Item[];
  /** The first of them names the row. */
  columns: readonly { name: string; cell: (item: Item) => ReactNode }[];
  keyOf: (item: Item) => string;
}

/** A short table. Long lists are `Rows`. */
export function Table<Item>({ label, items, columns, keyOf }: Props<Item>): ReactNode {
  return (
    <div className="wide" tabIndex={0} role="region" aria-label={label}>
      <table className="grid" aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ name }) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={keyOf(item)}>
              {columns.map(({ name, cell }, index) =>
                index === 0 ? (
                  <th scope="row" key={name}>
                    {cell(item)}
                  </th>
                ) : (
                  <td key={name}>{cell(item)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
