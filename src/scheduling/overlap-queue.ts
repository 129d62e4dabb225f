import { Injectable } from '@nestjs/common';
import { Clock, type Timer } from '../clock/clock.js';
import { isMakeUp, type Run } from '../domain/run.js';
import { startDeadlineOf } from './deadlines.js';
import { Handback } from './handback.js';
import type { HeldRun } from './held-run.js';
import { RunBook } from './run-book.js';
import { RunSettlement } from './run-settlement.js';

interface Waiting {
  held: HeldRun;
  timer: Timer | null;
}

/** Runs that wait, without a place, for another run of their task to finish; by task, first come first, those that make up for others last. */
@Injectable()
export class OverlapQueue {
  private readonly tasks = new Map<string, Waiting[]>();

  constructor(
    private readonly clock: Clock,
    private readonly book: RunBook,
    private readonly handback: Handback,
    private readonly settlement: RunSettlement,
  ) {
    book.onLeft((run) => this.callNext(run));
  }

  push(held: HeldRun): void {
    const latest = startDeadlineOf(held.run, held.task);
    // An instant at the deadline is in time, so that what comes too late comes a millisecond after it.
    const timer = Number.isFinite(latest) ? this.clock.at(latest + 1, () => this.expire(held)) : null;
    const waiting = this.tasks.get(held.task.id);
    if (waiting) waiting.splice(placeFor(held, waiting), 0, { held, timer });
    else this.tasks.set(held.task.id, [{ held, timer }]);
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
    this.tasks.clear();
    return held;
  }

  /** The run has left its task; when that is free now, the next one that waited for it may try again. */
  private callNext({ taskId, id }: Run): void {
    const first = this.tasks.get(taskId)?.[0];
    if (!first || this.book.begunOf(taskId, id).length > 0) return;
    this.take(first.held.run.id);
    this.handback.againIn(0, first.held.run);
  }

  private expire(held: HeldRun): void {
    if (this.take(held.run.id)) this.settlement.endUnstarted(held);
  }
}

function placeFor({ run }: HeldRun, waiting: readonly Waiting[]): number {
  const last = waiting.findIndex(({ held }) => isMakeUp(held.run));
  return isMakeUp(run) || last < 0 ? waiting.length : last;
}
