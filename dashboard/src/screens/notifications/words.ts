import type { Schemas } from '../../api/client.ts';
import { lengthOf } from '../../time/format.ts';

type Rule = Schemas['NotificationRuleResponse'];

/** What a rule may tell of, as a form offers it. */
export const KINDS = [
  ['failure', 'each failure'],
  ['failing', 'failures in a row'],
  ['recovery', 'it works again'],
  ['late', 'a late start'],
  ['missed', 'a missed run'],
  ['paused', 'paused after failures'],
  ['overdue', 'a task is overdue'],
] as const;

/** When a rule tells, such as "after 3 failures in a row, and when it works again". */
export function ruleWords({ on, failures, lateMs }: Pick<Rule, 'on' | 'failures' | 'lateMs'>): string {
  const words: Record<Rule['on'][number], string> = {
    failure: 'after each failure',
    failing: failures === 1 ? 'after the first failure in a row' : `after ${failures} failures in a row`,
    recovery: 'when it works again',
    late: `when a run starts more than ${lengthOf(lateMs)} late`,
    missed: 'when a run is missed',
    paused: 'when a task is paused because of failures',
    overdue: 'when a task is overdue',
  };
  const [last, ...before] = on.map((each) => words[each]).toReversed();
  return before.length === 0 ? (last ?? '') : `${before.toReversed().join(', ')}, and ${last}`;
}
