import { Injectable } from '@nestjs/common';
import { Clock, type Timer } from '../clock/clock.js';
import type { Run } from '../domain/run.js';
import { startDeadlineOf } from './deadlines.js';
import { Handback } from './handback.js';
import type { HeldRun } from './held-run.js';
import { goesAhead } from './overlap-rule.js';
import { RunBook } from './run-book.js';
import { RunSettlement } from './run-settlement.js';
import { WaitingMarks } from './waiting-marks.js';

/** How long a run that was called up may take to come before the next one is called. */
const CALL_MS = 2000;

interface Waiting {
  held: HeldRun;
  timer: Timer | null;
}

interface Called {
  run: Run;
  patience: Timer;
}

/** Runs that wait, without a place, for another run of their task to finish: by task, in the order in which they go. */
@Injectable()
export class OverlapQueue {
  private readonly tasks = new Map<string, Waiting[]>();
  /** The run of each task that was called up and is on its way. */
  private readonly called = new Map<string, Called>();

  constructor(
    private readonly clock: Clock,
    private readonly book: RunBook,
    private readonly handback: Handback,
    private readonly settlement: RunSettlement,
    private readonly marks: WaitingMarks,
  ) {
    book.onLeft((run) => this.left(run));
  }

  push(held: HeldRun): void {
    this.arrived(held.run);
    this.marks.putOff(held.run);
    const latest = startDeadlineOf(held.run, held.task);
    // An instant at the deadline is in time, so that what comes too late comes a millisecond after it.
    const timer = Number.isFinite(latest) ? this.clock.at(latest + 1, () => this.expire(held)) : null;
    const waiting = this.tasks.get(held.task.id) ?? [];
    const place = waiting.findIndex((other) => goesAhead(held.run, other.held.run));
    waiting.splice(place < 0 ? waiting.length : place, 0, { held, timer });
    this.tasks.set(held.task.id, waiting);
    // What it was put behind may be waiting for nothing but this one, which was called up before it.
    this.callNext(held.task.id);
  }

  /** The runs of its task that wait here, or were called up, and come before this one. */
  aheadOf({ run }: HeldRun): Run[] {
    if (this.tasks.size === 0 && this.called.size === 0) return [];
    const waiting = this.tasks.get(run.taskId)?.map(({ held }) => held.run) ?? [];
    const ahead = waiting.filter((other) => goesAhead(other, run));
    const called = this.called.get(run.taskId)?.run;
    const isCalledFirst = called && called.id !== run.id && !goesAhead(run, called);
    return isCalledFirst ? [called, ...ahead] : ahead;
  }

  /** Lets the run come again after a while, and those behind it wait for it. */
  comeAgain({ run }: HeldRun, delayMs: number): void {
    this.marks.putOff(run);
    this.call(run, delayMs);
  }

  /** The run has come, and goes ahead or waits anew. */
  arrived({ taskId, id }: Run): void {
    const called = this.called.get(taskId);
    if (called?.run.id !== id) return;
    called.patience.cancel();
    this.called.delete(taskId);
  }

  has(runId: string): boolean {
    return this.tasks.size > 0 && this.all().some(({ run }) => run.id === runId);
  }

  /** Takes out the run of this id, wherever it stands. */
  take(runId: string): HeldRun | undefined {
    for (const [taskId, waiting] of this.tasks) {
      const index = waiting.findIndex(({ held }) => held.run.id === runId);
      if (index < 0) continue;
      const [taken] = waiting.splice(index, 1);
      if (waiting.length === 0) this.tasks.delete(taskId);
      taken!.timer?.cancel();
      return taken!.held;
    }
    return undefined;
  }

  private all(): HeldRun[] {
    return [...this.tasks.values()].flatMap((waiting) => waiting.map(({ held }) => held));
  }

  /** Takes out everything. */
  clear(): HeldRun[] {
    const held = this.all();
    for (const waiting of this.tasks.values()) for (const { timer } of waiting) timer?.cancel();
    for (const { patience } of this.called.values()) patience.cancel();
    this.tasks.clear();
    this.called.clear();
    return held;
  }

  private left(run: Run): void {
    this.arrived(run);
    this.callNext(run.taskId, run.id);
  }

  /** When the task is free now, but for the run that has just left, the next one that waited for it may try again. */
  private callNext(taskId: string, exceptId = ''): void {
    const first = this.tasks.get(taskId)?.[0];
    if (!first || this.called.has(taskId) || this.isBusy(taskId, exceptId)) return;
    this.take(first.held.run.id);
    this.call(first.held.run, 0);
  }

  /** Whether a run of the task has begun that does not wait here itself: its end calls the next one. */
  private isBusy(taskId: string, exceptId: string): boolean {
    const waiting = this.tasks.get(taskId) ?? [];
    return this.book.begunOf(taskId, exceptId).some(({ id }) => !waiting.some(({ held }) => held.run.id === id));
  }

  private call(run: Run, delayMs: number): void {
    const former = this.called.get(run.taskId);
    former?.patience.cancel();
    const patience = this.clock.after(delayMs + CALL_MS, () => {
      this.called.delete(run.taskId);
      this.callNext(run.taskId);
    });
    this.called.set(run.taskId, { run, patience });
    this.handback.againIn(delayMs, run);
  }

  private expire(held: HeldRun): void {
    if (this.take(held.run.id)) this.settlement.endUnstarted(held);
  }
}
