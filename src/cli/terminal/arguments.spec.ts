import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from 'commander';
import { instant, instantOrAgo } from './arguments.js';

const NOW = Date.parse('2027-01-31T12:00:00Z');

describe('an instant of a call', () => {
  it.each([
    ['2027-01-31T12:00:00Z', '2027-01-31T12:00:00.000Z'],
    ['2028-02-29T12:00z', '2028-02-29T12:00:00.000Z'],
    ['2027-01-31T12:00:00.250+02:00', '2027-01-31T10:00:00.250Z'],
  ])('%s is %s', (text, read) => {
    expect(instant(text)).toBe(read);
    expect(instantOrAgo(() => NOW)(text)).toBe(read);
  });

  it.each([
    '2027-02-29T00:00:00Z',
    '2027-13-01T00:00:00Z',
    '2027-01-31T25:00Z',
    '2027-01-31T12:00:00',
    '1',
    'May 2',
    '',
  ])('is not %s', (text) => {
    expect(() => instant(text)).toThrow(InvalidArgumentError);
    expect(() => instantOrAgo(() => NOW)(text)).toThrow(InvalidArgumentError);
  });

  it('is how long ago only where the past is meant', () => {
    expect(instantOrAgo(() => NOW)('90m')).toBe('2027-01-31T10:30:00.000Z');
    expect(() => instant('2h')).toThrow(InvalidArgumentError);
  });
});
