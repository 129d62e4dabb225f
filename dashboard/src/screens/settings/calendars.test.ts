import { expect, it } from 'vitest';
import { monthsOf } from './calendars.model.ts';

it('days are told by month, and by what names them', () => {
  expect(
    monthsOf([
      { date: '2030-02-28', reason: 'weekday' },
      { date: '2030-03-01', reason: 'rule' },
      { date: '2030-03-03', reason: 'weekday' },
      { date: '2030-03-05', reason: 'date' },
      { date: '2030-03-10', reason: 'weekday' },
    ]),
  ).toEqual([
    { month: '2030-02', leftOut: 'days of the week: 28' },
    { month: '2030-03', leftOut: 'dates: 5; days of the week: 3, 10; rules: 1' },
  ]);
  expect(monthsOf([])).toEqual([]);
});
