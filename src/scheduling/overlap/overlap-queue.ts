import { Injectable } from '@nestjs/common';
import { Clock, type Timer } from '../../clock/clock.js';
import type { Run } from '../../domain/run.js';
import { startDeadlineOf } from '../planning/deadlines.js';
import { HeldRuns } from '../holding/held-runs.js';
import type { Hold } from '../holding/hold.js';
import type { HeldRun } from '../planning/held-run.js';
import { goesAhead } from '../planning/precedence.js';
import { ActiveRuns } from '../holding/active-runs.js';
import { RunPayloads } from '../holding/run-payloads.js';
import { RunSettlement } from '../holding/run-settlement.js';
import { WaitingMarks } from '../holding/waiting-marks.js';

/** How long a called run may take to arrive before the next one is called (ms). */
const CALL_MS = 2000;

interface Waiting {
  hold: Hold;
  timer: Timer | null;
}

interface Called {
  run: Run;
  patience: Timer;
}

/** Runs that wait, without a slot, for another run of their task to finish: by task, in the order in which they go. */
@Injectable()
export class OverlapQueue {
  private readonly tasks = new Map<string, Waiting[]>();
  /** The run of each task that was called and is on its way. */
  private readonly called = new Map<string, Called>();

  constructor(
    private readonly clock: Clock,
    private readonly activeRuns: ActiveRuns,
    private readonly held: HeldRuns,
    private readonly settlement: RunSettlement,
    private readonly marks: WaitingMarks,
    private readonly payloads: RunPayloads,
  ) {
    held.keep('waiting-for-overlap', {
      enter: (hold) => this.push(hold),
      leave: (hold) => this.drop(hold),
      clear: () => this.clear(),
    });
    held.onLeft((run) => this.left(run));
    activeRuns.onActionEnd((run) => this.left(run));
  }

  private push(hold: Hold): void {
    const { run, task } = hold;
    this.arrived(run);
    this.marks.putOff(run);
    this.payloads.shed(run);
    const latest = startDeadlineOf(run, task);
    // A start at the deadline is in time, so the run expires a millisecond after it.
    const timer = Number.isFinite(latest) ? this.clock.at(latest + 1, () => this.settlement.endHindered(hold)) : null;
    const waiting = this.tasks.get(task.id) ?? [];
    const position = waiting.findIndex((other) => goesAhead(run, other.hold.run));
    waiting.splice(position < 0 ? waiting.length : position, 0, { hold, timer });
    this.tasks.set(task.id, waiting);
    // A run ahead of this one may be waiting only for this one, which was called before it.
    this.callNext(task.id);
  }

  /** The runs of its task that wait here, or were called, and come before this one. */
  aheadOf({ run }: HeldRun): Run[] {
    if (this.tasks.size === 0 && this.called.size === 0) return [];
    const waiting = this.tasks.get(run.taskId)?.map(({ hold }) => hold.run) ?? [];
    const ahead = waiting.filter((other) => goesAhead(other, run));
    const called = this.called.get(run.taskId)?.run;
    const isCalledFirst = called && called.id !== run.id && !goesAhead(run, called);
    return isCalledFirst ? [called, ...ahead] : ahead;
  }

  /** Lets the run come again after `delayMs`; those behind it wait for it. */
  comeAgain(hold: Hold, delayMs: number): void {
    this.marks.putOff(hold.run);
    this.call(hold, delayMs);
  }

  /** The run has arrived; it goes ahead or waits anew. */
  arrived({ taskId, id }: Run): void {
    const called = this.called.get(taskId);
    if (called?.run.id !== id) return;
    called.patience.cancel();
    this.called.delete(taskId);
  }

  private drop(hold: Hold): void {
    const { taskId } = hold.run;
    const waiting = this.tasks.get(taskId);
    const index = waiting?.findIndex((each) => each.hold === hold) ?? -1;
    if (index < 0) return;
    waiting![index]!.timer?.cancel();
    waiting!.splice(index, 1);
    if (waiting!.length === 0) this.tasks.delete(taskId);
  }

  private clear(): void {
    for (const waiting of this.tasks.values()) for (const { timer } of waiting) timer?.cancel();
    for (const { patience } of this.called.values()) patience.cancel();
    this.tasks.clear();
    this.called.clear();
  }

  private left(run: Run): void {
    this.arrived(run);
    this.callNext(run.taskId, run.id);
  }

  /** If the task is free now, apart from the run that has just left, the next run that waited for it may try again. */
  private callNext(taskId: string, exceptId = ''): void {
    const waiting = this.tasks.get(taskId) ?? [];
    // A retry, which waited for its own former action, goes on whatever waits here, and what waits here waits for it.
    const first = waiting.find(({ hold }) => hold.run.state !== 'pending') ?? waiting[0];
    if (!first || this.called.has(taskId) || this.isBusy(taskId, exceptId)) return;
    this.call(first.hold, 0);
  }

  /**
   * Whether a run of the task has begun that does not itself wait here, or waits for its own former action; its end
   * calls the next one.
   */
  private isBusy(taskId: string, exceptId: string): boolean {
    const waiting = this.tasks.get(taskId) ?? [];
    const begun = this.activeRuns.begunOf(taskId, exceptId);
    return begun.some(({ id }) => this.activeRuns.goesOn(id) || !waiting.some(({ hold }) => hold.run.id === id));
  }

  private call(hold: Hold, delayMs: number): void {
    const { run } = hold;
    const { taskId } = run;
    this.called.get(taskId)?.patience.cancel();
    const patience = this.clock.after(delayMs + CALL_MS, () => {
      this.called.delete(taskId);
      this.callNext(taskId);
    });
    this.called.set(taskId, { run, patience });
    this.held.comeAgain(hold, this.clock.now() + delayMs);
  }
}
