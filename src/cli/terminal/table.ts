import { printable } from './printable.js';

const LONGEST_CELL = 60;

/** What is in a cell; nothing is a dash. */
export type Cell = string | number | boolean | null | undefined;

/** Rows below their headings, for people. Cells show no control characters, and long ones are cut. */
export function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = [heads, ...rows].map((row) => row.map(cellText));
  const widths = heads.map((_, column) => Math.max(...texts.map((row) => widthOf(row[column]!))));
  return texts
    .map((row) =>
      row
        .map((cell, column) => padded(cell, widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and what belongs to them, one a line. */
export function facts(pairs: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length)) + 2;
  return pairs.map(([name, value]) => `${`${name}:`.padEnd(width)}${printable(String(value ?? '-'))}`).join('\n');
}

function cellText(value: Cell): string {
  const text = printable(String(value ?? '')) || '-';
  const letters = lettersOf(text);
  return letters.length > LONGEST_CELL ? `${letters.slice(0, LONGEST_CELL - 1).join('')}…` : text;
}

/** Its characters; of one that is made of several, each. */
const lettersOf = (text: string): string[] => Array.from(text);
const widthOf = (text: string): number => lettersOf(text).length;
const padded = (text: string, width: number): string => text + ' '.repeat(width - widthOf(text));
