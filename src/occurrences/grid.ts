import type { LedgerEntry } from '../domain/ledger.js';
import { floorTo } from '../domain/time-range.js';
import type { RunOutline } from '../scheduling/ports/run.reads.js';
import { Zone } from '../triggers/zone.js';
import { isWorse, type Outcome, type Worst } from './outcome.js';

const HOUR_MS = 3_600_000;

/** One stretch of time of a task: from `from` (inclusive) to `to` (exclusive), epoch ms. */
export interface Cell {
  from: number;
  to: number;
  /** How many occurrences have an outcome; what is planned is not among them. */
  count: number;
  worst: Worst;
  outcomes: Partial<Record<Outcome, number>>;
  /** The first that was met of the newest runs with the worst outcome; absent where no run has it. */
  runId?: string;
  /** How many occurrences are to come, or are due and not decided on yet. */
  planned?: number;
}

/** The edges of cells of `stepMs` that cover [from, to), epoch ms. In a time zone, steps of hours and days follow its clocks. */
export function edgesOf(from: number, to: number, stepMs: number, timeZone?: string): number[] {
  const zone = timeZone !== undefined && stepMs >= HOUR_MS ? Zone.of(timeZone) : null;
  const offsetAt = (at: number) => zone?.segmentAt(at).offset ?? 0;
  const instantOf = (local: number) => zone?.instantOf(local) ?? local;
  const edges: number[] = [];
  for (let local = floorTo(from + offsetAt(from), stepMs); ; local += stepMs) {
    const edge = instantOf(local);
    // Where clocks are put forward, two edges may be one.
    if (edge !== edges.at(-1)) edges.push(edge);
    if (edge >= to) return edges;
  }
}

/** Sorts what became of one task's occurrences, and those to come, into cells. */
export class Grid {
  private readonly cells = new Map<number, Cell>();

  constructor(private readonly edges: readonly number[]) {}

  /** The cells that hold something, oldest first. */
  get filled(): Cell[] {
    return [...this.cells].sort(([a], [b]) => a - b).map(([, cell]) => cell);
  }

  addRun({ id, scheduledFor, state }: Pick<RunOutline, 'id' | 'scheduledFor' | 'state'>): void {
    const cell = this.cellAt(scheduledFor, state);
    if (!cell) return;
    this.count(cell, state, 1);
    if (cell.worst === state && cell.runId === undefined) cell.runId = id;
  }

  /** The occurrences of a stretch count as if they were evenly spaced. */
  addEntry(entry: LedgerEntry): void {
    for (let index = Math.max(0, this.indexOf(entry.from)); index < this.edges.length - 1; index++) {
      const [from, to] = [this.edges[index]!, this.edges[index + 1]!];
      if (from > entry.to) return;
      const count = countBefore(entry, to) - countBefore(entry, from);
      if (count > 0) this.count(this.cell(index, entry.outcome), entry.outcome, count);
    }
  }

  /** Adds `count` occurrences to come at an instant (epoch ms). */
  addPlanned(at: number, count: number): void {
    const cell = count > 0 ? this.cellAt(at, 'planned') : null;
    if (cell) cell.planned = (cell.planned ?? 0) + count;
  }

  private count(cell: Cell, outcome: Outcome, count: number): void {
    cell.count += count;
    cell.outcomes[outcome] = (cell.outcomes[outcome] ?? 0) + count;
    if (!isWorse(outcome, cell.worst)) return;
    cell.worst = outcome;
    delete cell.runId;
  }

  private cellAt(at: number, worst: Worst): Cell | null {
    const index = this.indexOf(at);
    return index < 0 ? null : this.cell(index, worst);
  }

  private cell(index: number, worst: Worst): Cell {
    let cell = this.cells.get(index);
    if (!cell) {
      cell = { from: this.edges[index]!, to: this.edges[index + 1]!, count: 0, worst, outcomes: {} };
      this.cells.set(index, cell);
    }
    return cell;
  }

  /** The cell that holds an instant; -1 for none. */
  private indexOf(at: number): number {
    const { edges } = this;
    if (at < edges[0]! || at >= edges.at(-1)!) return -1;
    let [low, high] = [0, edges.length - 2];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (edges[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** How many of a stretch's occurrences lie before an instant, if the first is at its beginning and the last at its end. */
function countBefore({ from, to, count }: LedgerEntry, instant: number): number {
  if (instant <= from) return 0;
  if (instant > to) return count;
  const gap = (to - from) / Math.max(1, count - 1);
  return Math.min(count, Math.ceil((instant - from) / gap));
}
