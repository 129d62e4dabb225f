import type { Schemas } from '../../api/client.ts';
import { lookOf } from '../../ui/outcome.tsx';
import type { Range } from './ranges.ts';

export type Cell = Schemas['OccurrenceCellResponse'];

/** The share of the time that lies before now. */
const PAST = 0.75;

/** From when to when, where `shift` moves by half of what is shown. */
export function windowOf({ stepMs, cells }: Range, now: number, shift: number): { from: number; to: number } {
  const here = Math.floor(now / stepMs) * stepMs;
  const from = here - Math.floor(cells * PAST) * stepMs + shift * Math.floor(cells / 2) * stepMs;
  return { from, to: from + cells * stepMs };
}

/**
 * The beginnings of the columns. Cells follow the clocks of a zone, so that any cell tells where they begin; a change
 * of the clocks moves it by less than half a cell, or by whole cells.
 */
export function columnsOf({ stepMs, cells }: Range, from: number, some: string | undefined): number[] {
  const offset = some === undefined ? 0 : (((Date.parse(some) - from) % stepMs) + stepMs) % stepMs;
  const first = offset === 0 ? from : from + offset - stepMs;
  return Array.from({ length: cells + (offset === 0 ? 0 : 1) }, (_, index) => first + index * stepMs);
}

/** The cells of a task, each in its column. */
export function placed(cells: readonly Cell[], columns: readonly number[], stepMs: number): (Cell | undefined)[] {
  const row = Array.from<Cell | undefined>({ length: columns.length });
  for (const cell of cells) {
    const index = Math.round((Date.parse(cell.from) - columns[0]!) / stepMs);
    if (index >= 0 && index < row.length) row[index] = cell;
  }
  return row;
}

/** What a cell says to those who do not see it. */
export function saidOf(cell: Cell | undefined, when: string): string {
  if (!cell) return `${when}: nothing due`;
  const outcomes = Object.entries(cell.outcomes).map(([outcome, count]) => `${count} ${lookOf(outcome).word}`);
  const planned = (cell.planned ?? 0) > 0 ? [`${cell.planned} planned`] : [];
  return `${when}: ${[...outcomes, ...planned].join(', ')}`;
}

/** Where the focus goes by a key; null for a key that moves nothing. */
export function moved(
  [row, column]: readonly [number, number],
  key: string,
  rows: number,
  columns: number,
): [number, number] | null {
  const clamp = (value: number, most: number): number => Math.max(0, Math.min(most - 1, value));
  const steps: Record<string, [number, number]> = {
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    PageUp: [row - 10, column],
    PageDown: [row + 10, column],
    Home: [row, 0],
    End: [row, columns - 1],
  };
  const next = Object.hasOwn(steps, key) ? steps[key] : undefined;
  return next ? [clamp(next[0], rows), clamp(next[1], columns)] : null;
}

/** Whether the clocks of the zone change within a column. */
export function changesClock(at: number, stepMs: number, zone: string | undefined): boolean {
  const offset = (ms: number): string =>
    new Intl.DateTimeFormat('en', { ...(zone !== undefined && { timeZone: zone }), timeZoneName: 'longOffset' })
      .formatToParts(ms)
      .find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return offset(at) !== offset(at + stepMs);
}
