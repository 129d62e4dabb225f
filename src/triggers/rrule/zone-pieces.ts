import type { Segment, Zone } from '../zone.js';
import type { Piece } from './zoned-series.js';

/**
 * For calendar rules: a local time in a gap uses the offset before the gap; a repeated one is its first pass (RFC 5545
 * §3.3.5).
 */
export function calendarPieces(zone: Zone, segment: Segment): Piece[] {
  // Segments also end with the UTC year; a change before that border can still matter after it.
  const change = segment.offset === segment.before ? zone.segmentAt(segment.start - 1) : segment;
  const jump = change.offset - change.before;
  const plain = { from: segment.start, to: segment.end, offset: segment.offset, shift: 0, moved: false };
  if (jump < 0) return [{ ...plain, from: Math.max(segment.start, change.start - jump) }];
  const gap = { ...plain, to: Math.min(segment.end, change.start + jump), offset: change.before, moved: true };
  return gap.from < gap.to ? [plain, gap] : [plain];
}

/** For rules of real time: elapsed time does not depend on the zone, only the local time that clocks show does. */
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
