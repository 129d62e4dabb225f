import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { listed } from '../../../test/support/listed-timetable.js';
import { aTask, T0 } from '../../../test/support/builders.js';
import { occurrenceRunId } from '../../domain/ids.js';
import type { MisfirePolicy, TaskDefinition } from '../../domain/task-definition.js';
import type { Task } from '../../domain/task.js';
import { MergedTimetable } from '../../triggers/merged-timetable.js';
import { intervalTriggerType } from '../../triggers/types/interval.trigger.js';
import type { Timetable } from '../../triggers/trigger-type.js';
import { planClaim } from './claim-planner.js';
import type { Claim } from '../../domain/claim.js';

const MINUTE = 60_000;
const DAY = 86_400_000;

const misfire = (fields: Partial<MisfirePolicy>): MisfirePolicy => ({
  policy: 'fire-once',
  maxCount: 100,
  maxAgeMs: DAY,
  graceMs: 5000,
  ...fields,
});

const taskWith = (policy: Partial<MisfirePolicy>, first = T0, definition: Partial<TaskDefinition> = {}): Task =>
  aTask({
    definition: { ...definition, misfire: misfire(policy) },
    next: { scheduledFor: first, dueAt: first },
  });

const every = (everyMs: number): Timetable => {
  const table = intervalTriggerType.timetable({ type: 'interval', everyMs }, { createdAt: T0, seed: '' })!;
  return new MergedTimetable([{ table, from: Number.NEGATIVE_INFINITY }]);
};

const plan = (task: Task, table: Timetable, now: number): Claim => planClaim(task, table, 'me', now);

/** Claims until the task's next occurrence lies ahead of `now`. */
function catchUp(task: Task, table: Timetable, now: number): Claim[] {
  const claims: Claim[] = [];
  for (let current = task; current.next && current.next.dueAt <= now;) {
    const claim = plan(current, table, now);
    claims.push(claim);
    current = { ...current, next: claim.next };
  }
  return claims;
}

const runsOf = (claims: Claim[]) => claims.flatMap(({ run }) => (run ? [run.scheduledFor] : []));
const ledgerOf = (claims: Claim[]) => claims.flatMap(({ ledger }) => ledger);

describe('planClaim', () => {
  it.each([T0, T0 + DAY])('ends a task that turns out to have run as often as it may', (now) => {
    const task = { ...taskWith({ policy: 'fire-all' }, T0, { maxRuns: 2 }), scheduledRuns: 2 };
    expect(plan(task, every(MINUTE), now)).toMatchObject({ run: null, next: null, state: 'completed' });
    expect(plan(task, every(MINUTE), now).ledger).toMatchObject([{ from: T0, to: T0, count: 1, outcome: 'skipped' }]);
  });

  it('runs what is due, or about to be, as the occurrence that it is', () => {
    const task = taskWith({});
    const claim = plan(task, every(MINUTE), T0 - 500);
    expect(claim).toMatchObject({ generation: 1, scheduledFor: T0, ledger: [], state: 'active' });
    expect(claim.next).toEqual({ scheduledFor: T0 + MINUTE, dueAt: T0 + MINUTE });
    expect(claim.run).toMatchObject({
      id: occurrenceRunId(task.id, T0),
      owner: 'me',
      attempt: 1,
      trigger: 'schedule',
      dueAt: T0,
    });
  });

  it('moves on by the run of an occurrence that was claimed under an earlier definition, however late', () => {
    const task = taskWith({ policy: 'skip' });
    const claim = planClaim(task, every(MINUTE), 'me', T0 + 10 * MINUTE, T0);
    expect(claim).toMatchObject({ run: { scheduledFor: T0 }, ledger: [], next: { scheduledFor: T0 + MINUTE } });
  });

  it.each([
    ['skip', 'missed'],
    ['fire-once', 'coalesced'],
  ] as const)('ends a missed stretch under "%s" before an occurrence that has a run', (policy, outcome) => {
    const claimed = T0 + 3 * MINUTE;
    const claim = planClaim(taskWith({ policy }), every(MINUTE), 'me', T0 + 10 * MINUTE, claimed);
    const ledger = [{ from: T0, to: T0 + 2 * MINUTE, count: 3, outcome }];
    expect(claim).toMatchObject({ run: null, ledger, next: { scheduledFor: claimed } });
  });

  it('runs each of several occurrences that are late within the grace', () => {
    const claims = catchUp(taskWith({ graceMs: 5000 }), every(1000), T0 + 5000);
    expect(runsOf(claims)).toEqual([0, 1, 2, 3, 4, 5].map((n) => T0 + n * 1000));
    expect(ledgerOf(claims)).toEqual([]);
  });

  it('fires once for a stretch of any length, and coalesces the rest into one entry', () => {
    const claim = plan(taskWith({ maxAgeMs: Number.MAX_SAFE_INTEGER }), every(1000), T0 + 30 * DAY + 500);
    const last = T0 + 30 * DAY - 5000;
    expect(claim.run?.scheduledFor).toBe(last);
    expect(claim.ledger).toMatchObject([
      { from: T0, to: last - 1000, count: 30 * 86_400 - 5, outcome: 'coalesced', reason: 'misfire policy "fire-once"' },
    ]);
    expect(claim.next?.scheduledFor).toBe(last + 1000);
  });

  it('fires the newest maxCount, oldest first, and writes off the ones before', () => {
    const claims = catchUp(taskWith({ policy: 'fire-all', maxCount: 3 }), every(MINUTE), T0 + 10 * MINUTE + 6000);
    expect(runsOf(claims)).toEqual([8, 9, 10].map((n) => T0 + n * MINUTE));
    expect(ledgerOf(claims)).toMatchObject([{ from: T0, to: T0 + 7 * MINUTE, count: 8, outcome: 'missed' }]);
  });

  it('writes off what is older than maxAgeMs and fires the rest', () => {
    const task = taskWith({ policy: 'fire-all', maxAgeMs: 3 * MINUTE });
    const claims = catchUp(task, every(MINUTE), T0 + 10 * MINUTE);
    expect(runsOf(claims)).toEqual([7, 8, 9, 10].map((n) => T0 + n * MINUTE));
    expect(ledgerOf(claims)).toMatchObject([{ from: T0, to: T0 + 6 * MINUTE, count: 7, outcome: 'missed' }]);
  });

  it('runs nothing of a stretch under "skip", and what is within the grace all the same', () => {
    const claims = catchUp(taskWith({ policy: 'skip' }), every(MINUTE), T0 + 10 * MINUTE + 1000);
    expect(runsOf(claims)).toEqual([T0 + 10 * MINUTE]);
    expect(ledgerOf(claims)).toMatchObject([{ from: T0, to: T0 + 9 * MINUTE, count: 10, outcome: 'missed' }]);
  });

  it('writes off the only occurrence of a task that is too old, and ends the task', () => {
    const claim = plan(taskWith({}), listed([T0]), T0 + 2 * DAY);
    expect(claim).toMatchObject({ run: null, next: null, state: 'completed' });
    expect(claim.ledger).toMatchObject([
      { from: T0, to: T0, count: 1, outcome: 'missed', reason: 'older than maxAgeMs' },
    ]);
  });

  it('keeps a task active that events or people start', () => {
    const task = taskWith({}, T0, { triggers: [{ type: 'once', at: '2027-01-04T09:00:00Z' }, { type: 'manual' }] });
    expect(plan(task, listed([T0]), T0).state).toBe('active');
  });

  it('counts an occurrence that is not in the timetable any more, and never reaches for one ahead', () => {
    for (const policy of ['fire-once', 'fire-all', 'skip'] as const) {
      const now = T0 + MINUTE;
      const task = taskWith({ policy, maxAgeMs: 2 * MINUTE });
      const alone = plan(task, listed([T0 + 500 * MINUTE]), now);
      expect(alone.run?.scheduledFor ?? T0).toBe(T0);
      expect(alone.next?.scheduledFor).toBe(T0 + 500 * MINUTE);
      const followed = plan(task, listed([T0 - MINUTE, T0 + 20_000]), now);
      for (const { from, to, count } of followed.ledger) {
        expect(to).toBeGreaterThanOrEqual(from);
        expect(count).toBe(to === T0 ? 1 : 2);
      }
    }
  });

  it.each<[Partial<MisfirePolicy>, number, number]>([
    [{ policy: 'fire-once', maxAgeMs: 40 * DAY }, 1, 1],
    [{ policy: 'fire-all', maxCount: 5 }, 5, 1],
    [{ policy: 'fire-all', maxCount: 10, maxAgeMs: 8000 }, 3, 1],
    [{ policy: 'skip' }, 0, 1],
  ])('takes a few steps for a month of missed seconds: %j', (policy, late, entries) => {
    const table = every(1000);
    let steps = 0;
    const counted: Timetable = {
      next: (after) => (steps++, table.next(after)),
      previous: (before) => (steps++, table.previous(before)),
      count: (after, until) => (steps++, table.count(after, until)),
    };
    const now = T0 + 30 * DAY + 500;
    const claims = catchUp(taskWith(policy), counted, now);
    expect(steps).toBeLessThan(100);
    expect(claims.flatMap(({ ledger }) => ledger)).toHaveLength(entries);
    expect(claims.filter(({ run }) => run && run.dueAt < now - 5000)).toHaveLength(late);
    const told = claims.reduce(
      (sum, { run, ledger }) => sum + (run ? 1 : 0) + ledger.reduce((all, { count }) => all + count, 0),
      0,
    );
    expect(told).toBe(30 * 86_400 + 1);
  });

  it('catches up ten thousand occurrences in time that does not grow with their square', () => {
    const task = taskWith({ policy: 'fire-all', maxCount: 10_000 });
    const table = every(1000);
    let steps = 0;
    const counted: Timetable = {
      next: (after) => (steps++, table.next(after)),
      previous: (before) => (steps++, table.previous(before)),
      count: (after, until) => (steps++, table.count(after, until)),
    };
    const claims = catchUp(task, counted, T0 + 12_000_000);
    expect(claims.length).toBe(10_000 + 6);
    expect(steps).toBeLessThan(100_000);
  });

  const policies = fc.record({
    policy: fc.constantFrom<MisfirePolicy['policy']>('fire-once', 'fire-all', 'skip'),
    maxCount: fc.integer({ min: 1, max: 5 }),
    maxAgeMs: fc.integer({ min: 0, max: 400 }),
    graceMs: fc.integer({ min: 0, max: 60 }),
  });
  const offsets = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 40 });

  it('runs nothing twice, and accounts for every occurrence exactly once', () => {
    fc.assert(
      fc.property(policies, offsets, fc.integer({ min: 0, max: 600 }), (policy, list, passed) => {
        const instants = list.map((offset) => T0 + offset).sort((a, b) => a - b);
        const now = T0 + passed;
        const claims = catchUp(taskWith(policy, instants[0]), listed(instants), now);
        const written = ledgerOf(claims).flatMap(({ from, to, count }) => {
          const stretch = instants.filter((at) => at >= from && at <= to);
          expect(stretch).toHaveLength(count);
          return stretch;
        });
        const due = instants.filter((at) => at <= now);
        expect([...runsOf(claims), ...written].sort((a, b) => a - b)).toEqual(due);
      }),
      { numRuns: 500 },
    );
  });

  it('chooses what a plain enumeration of the policy chooses', () => {
    fc.assert(
      fc.property(policies, offsets, fc.integer({ min: 0, max: 600 }), (policy, list, passed) => {
        const instants = list.map((offset) => T0 + offset).sort((a, b) => a - b);
        const now = T0 + passed;
        const late = instants.filter((at) => now - at > policy.graceMs);
        const young = late.filter((at) => now - at <= policy.maxAgeMs);
        const chosen = { skip: [], 'fire-once': young.slice(-1), 'fire-all': young.slice(-policy.maxCount) };
        const inTime = instants.filter((at) => at <= now && now - at <= policy.graceMs);
        const claims = catchUp(taskWith(policy, instants[0]), listed(instants), now);
        expect(runsOf(claims)).toEqual([...chosen[policy.policy], ...inTime]);
      }),
      { numRuns: 500 },
    );
  });
});
