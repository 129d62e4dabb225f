import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LifecycleMessage, RunMessage } from '../../domain/lifecycle-message.js';
import { aRule, missedNews, overdueNews, runNews } from '../../../test/support/notification-builders.js';
import type { Rule } from '../rules/rule.js';
import type { AlertKind } from './alert.js';
import { mayWant } from '../rules/wishes.js';
import { alertsAlone, NOTHING_SEEN, observed, type Watch, type Watched } from './watch.js';

/** What a rule tells of messages, in their order. */
function told(rule: Rule, messages: readonly LifecycleMessage[]): AlertKind[] {
  let watch: Watch = NOTHING_SEEN;
  return messages.flatMap((message) => {
    const next = observed(watch, rule, message as Watched);
    const isChanged = next !== watch;
    watch = next;
    return isChanged ? next.tell.map(({ alert }) => alert.kind) : [];
  });
}

const failed = (n: number) => runNews('run.failed', n);
const succeeded = (n: number) => runNews('run.succeeded', n);

describe('what a rule tells of runs', () => {
  it('is each failure, and the recovery from it', () => {
    const rule = aRule({ on: ['failure', 'recovery'] });
    expect(told(rule, [failed(1), runNews('run.timed_out', 2), succeeded(3), succeeded(4)])).toEqual([
      'failure',
      'failure',
      'recovery',
    ]);
  });

  it('is a failure that is seen after a later success, too, once and without another recovery', () => {
    const rule = aRule({ on: ['failure', 'recovery'] });
    const late = [failed(1), succeeded(3), failed(2), failed(2), failed(1), succeeded(4)];
    expect(told(rule, late)).toEqual(['failure', 'recovery', 'failure']);
    const row = aRule({ on: ['failing', 'recovery'], failures: 2 });
    expect(told(row, [failed(1), succeeded(3), failed(2), failed(4)])).toEqual([]);
  });

  it('is that a task has failed so often in a row, once', () => {
    const rule = aRule({ on: ['failing', 'recovery'], failures: 3 });
    expect(told(rule, [1, 2, 3, 4, 5].map(failed))).toEqual(['failing']);
    expect(told(rule, [failed(1), failed(2), succeeded(3), failed(4), failed(5)])).toEqual([]);
    expect(told(rule, [...[1, 2, 3].map(failed), succeeded(4), ...[5, 6, 7].map(failed)])).toEqual([
      'failing',
      'recovery',
      'failing',
    ]);
  });

  it('is told again at most as often as it says', () => {
    const rule = aRule({ on: ['failing'], failures: 2, repeatMs: 60_000 });
    const at = (...seconds: number[]) => seconds.map((each, n) => runNews('run.failed', n, each * 1000));
    expect(told(rule, at(1, 2, 30, 61, 62, 90, 122))).toEqual(['failing', 'failing', 'failing']);
  });

  it('is no recovery where nothing was told', () => {
    expect(told(aRule({ on: ['failing', 'recovery'], failures: 3 }), [failed(1), failed(2), succeeded(3)])).toEqual([]);
  });

  it('is neither counted nor reset by a run that was cancelled or skipped', () => {
    const rule = aRule({ on: ['failing'], failures: 3 });
    const between = [runNews('run.cancelled', 3), runNews('run.skipped', 4), runNews('run.missed', 5)];
    expect(told(rule, [failed(1), failed(2), ...between, failed(6)])).toEqual(['failing']);
  });

  it('goes to the channels that were told, although the rule names others by now', () => {
    const rule = aRule({ on: ['failure', 'recovery'], channels: ['c-1'] });
    const watch = observed(NOTHING_SEEN, rule, failed(1));
    const after = observed(watch, { ...rule, channels: ['c-2'] }, succeeded(2));
    expect(after.tell.map(({ channels }) => channels)).toEqual([['c-1']]);
  });

  it('is that a task is overdue and no longer, once', () => {
    const rule = aRule({ on: ['overdue', 'recovery'] });
    const news = [overdueNews('task.overdue', 1), overdueNews('task.overdue', 1), overdueNews('task.recovered', 1)];
    expect(told(rule, [...news, overdueNews('task.recovered', 1)])).toEqual(['overdue', 'recovery']);
    expect(told(aRule({ on: ['overdue'] }), news)).toEqual(['overdue']);
  });

  it('is a late start, a missed run and a pause, each by itself', () => {
    const rule = aRule({ on: ['late', 'missed', 'paused'] });
    expect(alertsAlone(rule, runNews('run.started', 1)).map(({ kind }) => kind)).toEqual(['late']);
    expect(alertsAlone(rule, runNews('run.missed', 1)).map(({ kind }) => kind)).toEqual(['missed']);
    expect(alertsAlone(aRule({ on: ['late'] }), runNews('run.missed', 1))).toEqual([]);
    const [alert] = alertsAlone(rule, missedNews('missed'));
    expect(alert).toMatchObject({ kind: 'missed', runId: null });
    expect(alert!.text).toBe(
      'The task "nightly" did not run 2 times from 2027-01-31T12:00:00.000Z to 2027-01-31T12:01:00.000Z: too late.',
    );
    expect(alertsAlone(aRule({ on: ['late'] }), missedNews('missed'))).toEqual([]);
    const wishes = (['missed', 'coalesced'] as const).map((outcome) => mayWant(rule, missedNews(outcome)));
    expect(wishes).toEqual([true, false]);
  });
});

/** Ends of runs, as they happened: one a second. */
const history = fc
  .array(fc.constantFrom<RunMessage['type']>('run.failed', 'run.succeeded', 'run.cancelled'), { maxLength: 30 })
  .map((types) => types.map((type, n) => runNews(type, n)));

describe('a watch', () => {
  it('is changed by no message that comes again, whenever it comes', () => {
    const rule = aRule({ on: ['failure', 'failing', 'recovery'], failures: 2 });
    const all = fc.tuple(history, fc.array(fc.nat(29), { maxLength: 10 }));
    fc.assert(
      fc.property(all, ([messages, repeated]) => {
        const again = messages.flatMap((message, n) => [
          message,
          ...repeated.filter((each) => each <= n).map((each) => messages[each]!),
        ]);
        expect(told(rule, again)).toEqual(told(rule, messages));
      }),
    );
  });

  it('tells by the length of each row of failures', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 2, max: 5 }), (messages, failures) => {
        const text = messages
          .map(({ type }) => ({ 'run.failed': 'f', 'run.succeeded': 's' })[type as 'run.failed'] ?? '')
          .join('');
        const rows = text.split('s').filter((row) => row.length >= failures).length;
        const kinds = told(aRule({ on: ['failing', 'recovery'], failures }), messages);
        expect(kinds.filter((kind) => kind === 'failing')).toHaveLength(rows);
        const last = text.split('s').at(-1)!.length >= failures ? 1 : 0;
        expect(kinds.filter((kind) => kind === 'recovery')).toHaveLength(rows - last);
      }),
    );
  });
});
