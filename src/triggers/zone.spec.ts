import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Zone } from './zone.js';

const HOUR = 3_600_000;
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Europe/Dublin',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'Asia/Tehran',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'Africa/El_Aaiun',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Pacific/Apia',
  'Pacific/Kwajalein',
  'Asia/Gaza',
];
const utc = (text: string) => Date.parse(text);

describe('Zone', () => {
  it.each([
    ...[
      'Mars/Olympus',
      '',
      '+01:00',
      '-0500',
      'UTC+1',
      'Local',
      '../etc/passwd',
      'Europe/\u212aiev',
      'A\u017fia/Tokyo',
    ],
    ...['Europe/\uff22erlin', 'Europe/Berlin\u0000', 'Europe/Berlin '],
  ])('refuses %j', (name) => {
    expect(() => Zone.of(name)).toThrow(RangeError);
  });

  it('is one and the same for a name, however it is written', () => {
    expect(Zone.of('EUROPE/berlin')).toBe(Zone.of('Europe/Berlin'));
  });

  it('knows the changes of a year to the millisecond', () => {
    const berlin = Zone.of('Europe/Berlin');
    const change = utc('2027-03-28T01:00:00Z');
    expect(berlin.segmentAt(change - 1)).toMatchObject({ end: change, offset: HOUR });
    expect(berlin.segmentAt(change)).toEqual({
      start: change,
      end: utc('2027-10-31T01:00:00Z'),
      offset: 2 * HOUR,
      before: HOUR,
    });
  });

  it('knows changes of half an hour, of two hours and of a day', () => {
    const before = (zone: string, change: string) => {
      const { start, offset, before: old } = Zone.of(zone).segmentAt(utc(change));
      expect(start).toBe(utc(change));
      return (offset - old) / HOUR;
    };
    expect(before('Australia/Lord_Howe', '2027-10-02T15:30:00Z')).toBe(0.5);
    expect(before('Antarctica/Troll', '2027-03-28T01:00:00Z')).toBe(2);
    expect(before('Pacific/Apia', '2011-12-30T10:00:00Z')).toBe(24);
  });

  it('knows a change on whichever day of the year it lies, and a stretch of less than a week', () => {
    const gaza = Zone.of('Asia/Gaza');
    for (const change of ['2023-04-29T00:00:00Z', '2033-03-26T00:00:00Z', '2040-10-20T00:00:00Z'].map(utc)) {
      expect(gaza.segmentAt(change)).toMatchObject({ start: change, offset: 3 * HOUR, before: 2 * HOUR });
      expect(gaza.segmentAt(change - 1)).toMatchObject({ end: change, offset: 2 * HOUR });
    }
    expect(gaza.segmentAt(utc('2040-10-20T00:00:00Z')).end).toBe(utc('2040-10-26T23:00:00Z'));
  });

  it('finds both ends of a short pause of summer time', () => {
    const casablanca = Zone.of('Africa/Casablanca');
    const pause = casablanca.segmentAt(utc('2026-03-01T00:00:00Z'));
    expect(pause.offset).toBe(0);
    expect(casablanca.segmentAt(pause.end).offset).toBe(HOUR);
    expect(casablanca.segmentAt(pause.start - 1).offset).toBe(HOUR);
  });

  it('finds a name that was found before by its own letters alone', () => {
    expect(Zone.of('Asia/Tokyo').offsetAt(0)).toBe(9 * HOUR);
    expect(() => Zone.of('Asia/To\u212ayo')).toThrow(RangeError);
  });

  it('keeps years to a bound, and knows those that it let go as well as before', () => {
    const zone = Zone.of('Pacific/Chatham');
    const middles = Array.from({ length: 900 }, (_, index) => Date.UTC(1700 + index, 6, 1));
    const first = middles.map((at) => zone.segmentAt(at));
    expect((zone as unknown as { years: { size: number } }).years.size).toBeLessThanOrEqual(640);
    expect(middles.slice(0, 50).map((at) => zone.segmentAt(at))).toEqual(first.slice(0, 50));
  });

  it.each(ZONES)('takes the years after 2100 for what the runtime says of %s', (name) => {
    const zone = Zone.of(name);
    for (const year of [2101, 2150, 2199, 2200, 2300, 2399, 2400, 2499]) {
      for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += 86_400_000)
        expect([at, zone.segmentAt(at).offset]).toEqual([at, zone.offsetAt(at)]);
    }
  });

  it('agrees with the runtime at every instant, and its stretches leave no gap', () => {
    const instant = fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2037, 11, 31) });
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), instant, (name, at) => {
        const zone = Zone.of(name);
        const segment = zone.segmentAt(at);
        expect(segment.start <= at && at < segment.end).toBe(true);
        expect(segment.offset).toBe(zone.offsetAt(at));
        expect(segment.before).toBe(zone.offsetAt(segment.start - 1));
        expect(zone.offsetAt(segment.start)).toBe(segment.offset);
        expect(zone.offsetAt(segment.end - 1)).toBe(segment.offset);
        expect(zone.segmentAt(segment.end).start).toBe(segment.end);
      }),
      { numRuns: 1000 },
    );
  });
});
