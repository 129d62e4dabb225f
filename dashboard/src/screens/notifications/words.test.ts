import { expect, it } from 'vitest';
import { ruleWords } from './words.ts';

it('a rule says after how many failures and how late', () => {
  const words = (...on: Parameters<typeof ruleWords>[0]['on']): string =>
    ruleWords({ on, failures: 3, lateMs: 60_000 });
  expect(words('failing', 'recovery')).toBe('after 3 failures in a row, and when it works again');
  expect(words('late')).toBe('when a run starts more than 1 min late');
  expect(words('failure', 'missed', 'overdue')).toBe(
    'after each failure, when a run is missed, and when a task is overdue',
  );
});
