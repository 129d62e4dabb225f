import { occurrenceRunId } from '../../../src/domain/ids.js';
import type { Task } from '../../../src/domain/task.js';
import type { Claim, ClaimResult } from '../../../src/domain/claim.js';
import { dueAtOf } from '../../../src/scheduling/planning/spread.js';
import { TriggerResolver } from '../../../src/triggers/trigger-resolver.js';
import type { Observer } from '../world/chronicle.js';
import type { Call } from '../world/store-path.js';
import type { World } from '../world/world.js';

/** What has to be accounted for in one task. */
interface Account {
  task: Task;
  /** Nominal times that a claim has passed, so that each must have exactly one outcome. */
  passed: Set<number>;
  /** Whether its triggers have changed, so that a stretch may span instants that it does not tell of. */
  isRetimed: boolean;
}

/** Guarantees 1 and 7: every occurrence that a task has passed ends in exactly one run or one stretch of the ledger. */
export class Accounts implements Observer {
  private readonly accounts = new Map<string, Account>();
  private readonly resolver = new TriggerResolver();

  constructor(private readonly world: World) {}

  applied({ port, method, parts }: Call, result: unknown): void {
    if (port === 'tasks' && method === 'insert') {
      for (const task of parts[0] as Task[])
        if (!this.accounts.has(task.id)) this.accounts.set(task.id, { task, passed: new Set(), isRetimed: false });
    }
    if (port === 'tasks' && method === 'replace' && result === true) this.changed(parts[1] as Task);
    if (port === 'tasks' && method === 'remove' && result === true) this.accounts.delete(parts[1] as string);
    if (port !== 'runs' || method !== 'open') return;
    (parts[0] as Claim[]).forEach((claim, index) => this.claimed(claim, (result as ClaimResult[])[index]!));
  }

  atTheEnd(): void {
    for (const [taskId, account] of this.accounts) {
      this.toldOnce(taskId, account);
      const { task, passed } = account;
      // A stretch stands for a number of occurrences; a `once` occurrence within it may be due all the same.
      const hasNamed = task.definition.triggers.some(({ type }) => type === 'once');
      for (const at of passed) {
        const outcomes = this.outcomesOf(taskId, at);
        // An instance with a clock far ahead writes off future occurrences, and an instance with a right clock may
        // still run them.
        const mayBeTwice = this.world.clocksAreWrong || hasNamed;
        if (outcomes === 1 || (outcomes > 1 && mayBeTwice)) continue;
        const what = `the occurrence ${new Date(at).toISOString()} of task ${taskId} has ${outcomes} outcomes`;
        this.world.chronicle.violate('accounts', what, taskId, occurrenceRunId(taskId, at));
      }
    }
  }

  /** No occurrence has both a run and a place in a stretch, whether a claim has passed it or a change took it back. */
  private toldOnce(taskId: string, { task, isRetimed }: Account): void {
    const hasNamed = task.definition.triggers.some(({ type }) => type === 'once');
    if (isRetimed || hasNamed || this.world.clocksAreWrong) return;
    for (const run of this.world.data.runs.values()) {
      if (run.taskId !== taskId || run.trigger !== 'schedule' || this.outcomesOf(taskId, run.scheduledFor) < 2)
        continue;
      const what = `the occurrence ${new Date(run.scheduledFor).toISOString()} of task ${taskId} is told twice`;
      this.world.chronicle.violate('accounts', what, taskId, run.id);
    }
  }

  private claimed({ taskId, scheduledFor, next }: Claim, result: ClaimResult): void {
    const account = this.accounts.get(taskId);
    if (!account || result === 'stale') return;
    const task = this.world.data.tasks.get(taskId);
    if (task) account.task = task;
    for (const at of this.between(account.task, scheduledFor, next?.scheduledFor)) account.passed.add(at);
  }

  /** A change recalculates the coming occurrences. Those that were due and that it leaves out may be in the ledger. */
  private changed(task: Task): void {
    const account = this.accounts.get(task.id);
    if (!account) return;
    const before = account.task;
    account.task = task;
    account.isRetimed ||= !sameTriggers(before, task);
    const from = task.next?.scheduledFor ?? Number.POSITIVE_INFINITY;
    const timetable = this.resolver.timetableOf(before);
    for (const at of account.passed) {
      if (at >= from || dueAtOf(before, timetable, { at }) > task.updatedAt) account.passed.delete(at);
    }
    if (task.state === 'paused' || before.state === 'paused' || before.next === null || !sameTriggers(before, task))
      return;
    for (const at of this.between(before, before.next.scheduledFor, Math.min(from, task.updatedAt + 1))) {
      const what = `the change at ${task.updatedAt} of task ${task.id} leaves out its occurrence ${at}`;
      if (!account.passed.has(at)) this.world.chronicle.violate('accounts', what, task.id);
    }
  }

  /** The nominal times from `first` (inclusive) to `end` (exclusive). */
  private between(task: Task, first: number, end: number | undefined): number[] {
    const timetable = this.resolver.timetableOf(task);
    const found = [first];
    for (let at = timetable.next(first); at && end !== undefined && at.at < end; at = timetable.next(at.at))
      found.push(at.at);
    return end === undefined || first < end ? found : [];
  }

  private outcomesOf(taskId: string, at: number): number {
    const run = this.world.data.runs.get(occurrenceRunId(taskId, at));
    const stretches = this.world.data.ledgerOf(taskId).filter(({ from, to }) => from <= at && at <= to);
    return (run ? 1 : 0) + stretches.length;
  }
}

const sameTriggers = (a: Task, b: Task): boolean =>
  JSON.stringify(a.definition.triggers) === JSON.stringify(b.definition.triggers);
