import type { Segment, Zone } from '../zone.js';
import type { Piece } from './zoned-series.js';

/** Calendar rules: a local time in a gap is read with the offset before it, a repeated one is its first (RFC 5545 §3.3.5). */
export function calendarPieces(zone: Zone, segment: Segment): Piece[] {
  // Segments also end with a UTC year; the change before that border can still matter behind it.
  const change = segment.offset === segment.before ? zone.segmentAt(segment.start - 1) : segment;
  const jump = change.offset - change.before;
  const plain = { from: segment.start, to: segment.end, offset: segment.offset, shift: 0, moved: false };
  if (jump < 0) return [{ ...plain, from: Math.max(segment.start, change.start - jump) }];
  const gap = { ...plain, to: Math.min(segment.end, change.start + jump), offset: change.before, moved: true };
  return gap.from < gap.to ? [plain, gap] : [plain];
}

/** Rules of real time: what passes between two instants does not depend on the zone, only how the clock shows them does. */
export const clockPieces =
  (startOffset: number) =>
  (_zone: Zone, { start, end, offset }: Segment): Piece[] => [
    { from: start, to: end, offset, shift: (offset - startOffset) / 1000, moved: false },
  ];

/** The instant of a local time (epoch ms as if UTC) in the zone, by the rule of RFC 5545 §3.3.5. */
export function instantOf(zone: Zone, local: number): number {
  let segment = zone.segmentAt(local - 86_400_000);
  while (local - segment.offset >= segment.end) segment = zone.segmentAt(segment.end);
  return local - segment.offset < segment.start ? local - segment.before : local - segment.offset;
}
