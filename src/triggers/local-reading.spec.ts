import { describe, expect, it } from '@jest/globals';
import { localReading } from './local-reading.js';
import { Zone } from './zone.js';

const read = (zone: string, at: string) => localReading(Zone.of(zone), Date.parse(at));

describe('the clocks of a zone', () => {
  it.each([
    ['Europe/Berlin', '2027-03-28T00:59:59Z', { local: '2027-03-28T01:59:59+01:00' }],
    ['Europe/Berlin', '2027-03-28T01:00:00Z', { local: '2027-03-28T03:00:00+02:00' }],
    ['Europe/Berlin', '2027-10-30T23:59:59.5Z', { local: '2027-10-31T01:59:59.500+02:00' }],
    ['Europe/Berlin', '2027-10-31T00:30:00Z', { local: '2027-10-31T02:30:00+02:00', repeated: 'first' }],
    ['Europe/Berlin', '2027-10-31T01:30:00Z', { local: '2027-10-31T02:30:00+01:00', repeated: 'second' }],
    ['Europe/Berlin', '2027-10-31T02:00:00Z', { local: '2027-10-31T03:00:00+01:00' }],
    ['America/St_Johns', '2027-01-01T00:00:00Z', { local: '2026-12-31T20:30:00-03:30' }],
    ['UTC', '2027-01-01T00:00:00Z', { local: '2027-01-01T00:00:00+00:00' }],
  ])('%s at %s', (zone, at, shown) => {
    expect(read(zone, at)).toEqual(shown);
  });
});
