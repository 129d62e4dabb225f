import { describe, expect, it } from '@jest/globals';
import { clockChanges, localTime, type ClockChange } from '../../test/support/wall-clock.js';
import type { DstRule } from '../domain/trigger.js';
import { cronTriggerType } from './types/cron.trigger.js';
import type { PlannedRun, Timetable } from './trigger-type.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const GAPS: DstRule['gap'][] = ['next', 'shift', 'skip'];
const FOLDS: DstRule['fold'][] = ['first', 'second', 'both'];
const RULES: DstRule[] = GAPS.flatMap((gap) => FOLDS.map((fold) => ({ gap, fold })));

const STEPS: [string, number][] = [
  ['* * * * *', MINUTE],
  ['*/15 * * * *', 15 * MINUTE],
  ['0 * * * *', HOUR],
];

const table = (expression: string, timeZone: string, dst?: DstRule): Timetable =>
  cronTriggerType.timetable({ type: 'cron', expression, timeZone, ...(dst && { dst }) }, { createdAt: 0, seed: '' })!;

function runsBetween(cron: Timetable, from: number, until: number): PlannedRun[] {
  const runs: PlannedRun[] = [];
  for (let run = cron.next(from - 1); run && run.at < until; run = cron.next(run.at)) runs.push(run);
  return runs;
}

/**
 * Some clock changes of every zone of the runtime: the latest, and a few others since 1970 that differ from zone to
 * zone.
 */
const ZONES = Intl.supportedValuesOf('timeZone');
const CHANGES = ZONES.flatMap((zone, index) => {
  const recent = clockChanges(zone, Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1));
  const year = 1971 + (index % 52);
  const older = clockChanges(zone, Date.UTC(year, 0, 1), Date.UTC(year + 2, 0, 1)).slice(0, 1);
  return [...older, ...recent].map((change) => ({ zone, ...change }));
});

/** The promised occurrences of a fixed time of day around a change, computed date by date. */
function promised(zone: string, change: ClockChange, time: number, { gap, fold }: DstRule): PlannedRun[] {
  const jump = Math.abs(change.after - change.before) > 3 * HOUR;
  const today = Math.floor((change.at + change.before) / DAY) * DAY;
  return [-2, -1, 0, 1, 2].flatMap((days): PlannedRun[] => {
    const local = today + days * DAY + time;
    const shown = [local - change.before, local - change.after].filter((at) => localTime(zone, at) === local);
    const passings = [...new Set(shown)].sort((a, b) => a - b);
    if (passings.length === 2 && !jump && fold !== 'both') return [{ at: passings[fold === 'first' ? 0 : 1]! }];
    if (passings.length > 0) return passings.map((at) => ({ at }));
    if (jump || gap === 'skip') return [];
    return [{ at: gap === 'next' ? change.at : local - change.before, shifted: true }];
  });
}

/** What a schedule finds around a change, where that differs from the promise; otherwise null. */
function deviation(change: ClockChange & { zone: string }, time: number, rule: DstRule): object | null {
  const { zone, at } = change;
  const expression = `${(time / MINUTE) % 60} ${Math.floor(time / HOUR)} * * *`;
  const cron = table(expression, zone, rule);
  const [from, until] = [at - 30 * HOUR, at + 30 * HOUR];
  const expected = promised(zone, change, time, rule).filter((run) => run.at >= from && run.at < until);
  const found = runsBetween(cron, from, until);
  const back: PlannedRun[] = [];
  for (let run = cron.previous(until); run && run.at >= from; run = cron.previous(run.at)) back.unshift(run);
  const count = cron.count(from - 1, until - 1);
  const same = [found, back].every((runs) => JSON.stringify(runs) === JSON.stringify(expected));
  return same && count === expected.length ? null : { zone, expression, rule, expected, found, back, count };
}

describe('a change of the clocks, in every time zone', () => {
  it('is looked at in many zones, by gaps and repeated stretches', () => {
    expect(CHANGES.filter(({ before, after }) => after > before).length).toBeGreaterThan(150);
    expect(CHANGES.filter(({ before, after }) => after < before).length).toBeGreaterThan(150);
  });

  it('treats a fixed time by the rule that was chosen, forward, backward and counted', () => {
    const wrong = CHANGES.flatMap((change, index) => {
      const { at, before, after } = change;
      // A time of day inside the stretch that is left out or repeated (a different one in each zone), and the stretch's
      // border.
      const low = at + Math.min(before, after);
      const span = Math.min(Math.abs(after - before), DAY);
      const inside = Math.floor((low + (span * ((index % 7) + 1)) / 8) / MINUTE) * MINUTE;
      const border = Math.ceil((low + span) / MINUTE) * MINUTE;
      return [
        ...RULES.map((rule) => deviation(change, inside % DAY, rule)),
        deviation(change, border % DAY, RULES[index % RULES.length]!),
      ].filter((found) => found !== null);
    });
    expect(wrong).toEqual([]);
  });

  it('never fires twice for one local time under "first"', () => {
    for (const { zone, at, before, after } of CHANGES.filter((change) => change.before - change.after <= 3 * HOUR)) {
      const hour = new Date(at + Math.min(before, after)).getUTCHours();
      const cron = table(`0,10,20,30,40,50 ${hour},${(hour + 1) % 24} * * *`, zone);
      const shown = runsBetween(cron, at - 12 * HOUR, at + 12 * HOUR).map((run) => localTime(zone, run.at));
      expect({ zone, twice: shown.filter((time, index) => shown.indexOf(time) !== index) }).toEqual({
        zone,
        twice: [],
      });
    }
  });

  it('leaves no wildcard pattern silent for longer than its step and what the change lacks to whole steps', () => {
    const wrong = CHANGES.filter(({ zone, at, before, after }) =>
      STEPS.some(([expression, step]) => {
        const runs = runsBetween(table(expression, zone), at - 2 * HOUR, at + 3 * HOUR).map((run) => run.at);
        const silences = runs.slice(1).map((run, index) => run - runs[index]!);
        const lacking = (((before - after) % step) + step) % step;
        return runs.length < 3 || Math.min(...silences) <= 0 || Math.max(...silences) > step + lacking;
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('ends every search, wherever it starts', () => {
    for (const [index, zone] of ZONES.entries()) {
      const from = Date.UTC(1980 + 5 * (index % 16), index % 12, 1 + (index % 28));
      const cron = table('0 0 12 29 2 ? 2000-2040', zone, RULES[index % RULES.length]);
      const [next, previous] = [cron.next(from), cron.previous(from)];
      expect(next === null || (next.at > from && next.at <= from + 60 * 366 * DAY)).toBe(true);
      expect(next !== null || from > Date.UTC(2040, 0, 1)).toBe(true);
      expect(previous !== null).toBe(from > Date.UTC(2000, 2, 1));
    }
  });
});

describe('zones whose clocks change by other than an hour', () => {
  const shown = (expression: string, zone: string, day: string, dst: DstRule) => {
    const from = Date.parse(`${day.padEnd(16, 'T00:00')}Z`);
    return runsBetween(table(expression, zone, dst), from, from + DAY).map(
      ({ at, shifted }) => new Date(at).toISOString().slice(11, 16) + (shifted ? ' shifted' : ''),
    );
  };
  const gaps = (expression: string, zone: string, day: string) =>
    GAPS.map((gap) => shown(expression, zone, day, { gap, fold: 'first' }));
  const folds = (expression: string, zone: string, day: string) =>
    FOLDS.map((fold) => shown(expression, zone, day, { gap: 'next', fold }));

  it('Lord Howe, by half an hour', () => {
    expect(gaps('10,20 2 * * *', 'Australia/Lord_Howe', '2027-10-02')).toEqual([
      ['15:30 shifted'],
      ['15:40 shifted', '15:50 shifted'],
      [],
    ]);
    expect(folds('45 1 * * *', 'Australia/Lord_Howe', '2027-04-03')).toEqual([
      ['14:45'],
      ['15:15'],
      ['14:45', '15:15'],
    ]);
  });

  it('Troll, by two hours', () => {
    expect(gaps('30 1,2 * * *', 'Antarctica/Troll', '2027-03-28')).toEqual([
      ['01:00 shifted', '23:30'],
      ['01:30 shifted', '02:30 shifted', '23:30'],
      ['23:30'],
    ]);
    expect(folds('30 1 * * *', 'Antarctica/Troll', '2027-10-30T12:00')).toEqual([
      ['23:30'],
      ['01:30'],
      ['23:30', '01:30'],
    ]);
  });

  it('Apia, by the whole 30 December 2011, which no option makes up for', () => {
    for (const runs of gaps('0 12 30 12 *', 'Pacific/Apia', '2011-12-30')) expect(runs).toEqual([]);
    for (const runs of gaps('0 12 * * *', 'Pacific/Apia', '2011-12-30')) expect(runs).toEqual(['22:00']);
    for (const runs of folds('0 12 * * *', 'Pacific/Apia', '2011-12-29')) expect(runs).toEqual(['22:00']);
  });

  it('moves several times to one instant once, and to no instant that has an occurrence of its own', () => {
    const berlin = (expression: string, gap: DstRule['gap']) =>
      shown(expression, 'Europe/Berlin', '2027-03-28', { gap, fold: 'first' });
    expect(berlin('0,30 2,3 * * *', 'next')).toEqual(['01:00', '01:30']);
    expect(berlin('15,45 2 * * *', 'next')).toEqual(['01:00 shifted']);
    expect(berlin('0,30 2 * * *', 'shift')).toEqual(['01:00 shifted', '01:30 shifted']);
    expect(berlin('30 2,3 * * *', 'shift')).toEqual(['01:30']);
    expect(berlin('0-59 2,3 * * *', 'shift')).toHaveLength(60);
    const all = table('0-59 2,3 * * *', 'Europe/Berlin', { gap: 'shift', fold: 'first' });
    expect(all.count(Date.parse('2027-03-28T00:00:00Z'), Date.parse('2027-03-28T06:00:00Z'))).toBe(60);
  });
});
