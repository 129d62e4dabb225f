import type { PlannedRun, Timetable } from '../trigger-type.js';
import type { Segment, Zone } from '../zone.js';
import type { LocalSeries } from './local-series.js';
import { DAY_MS } from './rule-days.js';

/** Covers every offset of a zone from UTC, and every change of offset. */
const MARGIN_MS = 2 * DAY_MS;
const EARLIEST = Date.UTC(1900, 0, 1);
/** Rules are followed up to here: nobody knows the clocks of later centuries. */
export const LATEST = Date.UTC(2500, 0, 1);

/** Instants in [from, to), and the offset that maps a series' local times to them. */
export interface Piece {
  from: number;
  to: number;
  offset: number;
  /** The offset minus the offset at the start of the series, in seconds. */
  shift: number;
  /** Whether these local times lie in a gap and are read with the offset before it. */
  moved: boolean;
}

/**
 * The instants of a series of local times in a zone; `piecesOf` maps one to the other within a stretch of one offset.
 */
export class ZonedSeries implements Timetable {
  constructor(
    private readonly series: LocalSeries,
    private readonly zone: Zone,
    private readonly piecesOf: (zone: Zone, segment: Segment) => readonly Piece[],
    /** How far ahead or back to search for an occurrence, in milliseconds. */
    private readonly searchMs: number,
  ) {}

  next(after: number): PlannedRun | null {
    const from = Math.max(after + 1, EARLIEST);
    const limit = Math.min(from + this.searchMs, LATEST);
    for (let at = from; at < limit;) {
      const segment = this.zone.segmentAt(at);
      const found = this.within(segment, from, segment.end).map((piece) => {
        const local = this.series.first(piece.from + piece.offset, piece.to + piece.offset, piece.shift);
        return planned(local, piece);
      });
      const best = found.reduce((a, b) => (b && (!a || b.at < a.at) ? b : a), null);
      if (best) return best;
      const day = this.series.dayFrom(segment.end - MARGIN_MS);
      if (day === null) return null;
      at = Math.max(segment.end, day - MARGIN_MS);
    }
    return null;
  }

  previous(before: number): PlannedRun | null {
    const until = Math.min(before, LATEST);
    const limit = Math.max(until - this.searchMs, EARLIEST);
    for (let at = until - 1; at >= limit;) {
      const segment = this.zone.segmentAt(at);
      const found = this.within(segment, segment.start, until).map((piece) => {
        const local = this.series.last(piece.from + piece.offset, piece.to + piece.offset, piece.shift);
        return planned(local, piece);
      });
      const best = found.reduce((a, b) => (b && (!a || b.at > a.at) ? b : a), null);
      if (best) return best;
      const day = this.series.dayUntil(segment.start + MARGIN_MS);
      if (day === null) return null;
      at = Math.min(segment.start - 1, day + MARGIN_MS);
    }
    return null;
  }

  count(after: number, until: number): number {
    const end = Math.min(until + 1, LATEST);
    let count = 0;
    for (let from = Math.max(after + 1, EARLIEST); from < end;) {
      const segment = this.zone.segmentAt(from);
      const pieces = this.within(segment, from, end);
      for (const piece of pieces) count += this.sizeOf(piece);
      count -= this.twice(pieces);
      from = segment.end;
    }
    return count;
  }

  private within(segment: Segment, from: number, to: number): Piece[] {
    return this.piecesOf(this.zone, segment)
      .map((piece) => ({ ...piece, from: Math.max(piece.from, from), to: Math.min(piece.to, to) }))
      .filter((piece) => piece.from < piece.to);
  }

  private sizeOf({ from, to, offset, shift }: Piece): number {
    return this.series.count(from + offset, to + offset, shift);
  }

  /** How many moved local times of a gap coincide with others. Walks through the few times of the gap. */
  private twice(pieces: readonly Piece[]): number {
    const moved = pieces.find((piece) => piece.moved);
    const plain = pieces.find((piece) => !piece.moved);
    if (!moved || !plain) return 0;
    let count = 0;
    for (let from = moved.from; ;) {
      const local = this.series.first(from + moved.offset, moved.to + moved.offset, moved.shift);
      if (local === null) return count;
      const at = local - moved.offset;
      if (at >= plain.from && at < plain.to) count += this.sizeOf({ ...plain, from: at, to: at + 1 });
      from = at + 1;
    }
  }
}

const planned = (local: number | null, { offset, moved }: Piece): PlannedRun | null =>
  local === null ? null : { at: local - offset, ...(moved && { shifted: true }) };
