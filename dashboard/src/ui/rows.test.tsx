import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { taskViewOf } from '../api/filters.ts';
import { Rows, type Column } from './rows.tsx';

const COLUMNS: Column<string>[] = [
  { name: 'Name', width: '1fr', sort: 'name', cell: (text) => text },
  { name: 'Next', width: '1fr', sort: 'next', cell: (text) => text },
  { name: 'Tags', width: '1fr', cell: (text) => text },
];

it('tells by which column a list is sorted, and offers the others', () => {
  const sorted = { by: 'name', order: 'desc', onSort: () => undefined } as const;
  const text = renderToStaticMarkup(
    <Rows label="Tasks" items={['a']} columns={COLUMNS} keyOf={(item) => item} sorted={sorted} />,
  );
  expect(text.match(/aria-sort="(\w+)"/g)).toEqual(['aria-sort="descending"', 'aria-sort="none"']);
  expect(text.match(/<button/g)).toHaveLength(2);
});

it('keeps the order of a list in its address, and nothing that no list knows', () => {
  expect(taskViewOf({ sort: 'name', order: 'desc', health: 'failing' })).toEqual({
    ...{ sort: 'name', order: 'desc', health: 'failing' },
  });
  expect(taskViewOf({ sort: 'size', order: 'up', health: 'well' })).toEqual({});
  expect(taskViewOf({ order: 'desc' })).toEqual({});
});
