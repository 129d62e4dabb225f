import { Zone } from './zone.js';

/** What a zone's clocks show at an instant. */
export interface LocalReading {
  /** Date, time and offset in ISO 8601, as in "2027-03-28T03:00:00+02:00". */
  local: string;
  /** Which pass it is, when the clocks show this time twice. */
  repeated?: 'first' | 'second';
}

/** Reads the clocks of a zone at an instant (epoch ms). */
export function localReading(zone: Zone, at: number): LocalReading {
  const { start, end, offset, before } = zone.segmentAt(at);
  const local = at + offset;
  const text = new Date(local).toISOString().replace('.000Z', '').replace('Z', '') + offsetText(offset);
  if (local < start + before) return { local: text, repeated: 'second' };
  if (local >= end + zone.segmentAt(end).offset) return { local: text, repeated: 'first' };
  return { local: text };
}

/** An offset from UTC (ms) as in ISO 8601. */
export function offsetText(offset: number): string {
  const seconds = Math.abs(offset) / 1000;
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) =>
    String(Math.floor(part)).padStart(2, '0'),
  );
  return `${offset < 0 ? '-' : '+'}${parts.slice(0, parts[2] === '00' ? 2 : 3).join(':')}`;
}
