import { expect, it } from 'vitest';
import { effectOf, movementOf, offsetMs } from './clock-changes.model.ts';

const GAP = {
  ...{ zone: 'Europe/Berlin', at: '2027-03-28T01:00:00.000Z', before: '+01:00', after: '+02:00', kind: 'gap' as const },
  ...{ tasks: [], truncated: false },
};
const FOLD = { ...GAP, at: '2027-10-31T01:00:00.000Z', before: '+02:00', after: '+01:00', kind: 'fold' as const };

it('tells what the clocks do', () => {
  expect(movementOf(GAP)).toBe('forward by 1 h: 02:00 to 03:00 is left out');
  expect(movementOf(FOLD)).toBe('back by 1 h: 02:00 to 03:00 comes twice');
  const island = { ...GAP, at: '2027-10-02T15:30:00.000Z', before: '+10:30', after: '+11:00' };
  expect(movementOf(island)).toBe('forward by 30 min: 02:00 to 02:30 is left out');
  expect([offsetMs('-03:30'), offsetMs('+00:00'), offsetMs('-00:25:21')]).toEqual([-12_600_000, 0, -1_521_000]);
});

it('tells what becomes of an occurrence', () => {
  const local = '2027-03-28T02:30:00';
  expect(effectOf({ local, effect: 'shifted', at: ['2027-03-28T01:00:00.000Z'] }, GAP)).toBe('02:30 runs later');
  expect(effectOf({ local, effect: 'skipped', at: [] }, GAP)).toBe('02:30 does not run');
  const [first, second] = ['2027-10-31T00:30:15.000Z', '2027-10-31T01:30:15.000Z'];
  const repeated = { local: '2027-10-31T02:30:15', effect: 'once' as const };
  expect(effectOf({ ...repeated, at: [first] }, FOLD)).toBe('02:30:15 runs once, the first time');
  expect(effectOf({ ...repeated, at: [second] }, FOLD)).toBe('02:30:15 runs once, the second time');
  expect(effectOf({ ...repeated, effect: 'twice', at: [first, second] }, FOLD)).toBe('02:30:15 runs twice');
});
