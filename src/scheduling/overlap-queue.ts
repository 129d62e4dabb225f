import type { Clock, Timer } from '../clock/clock.js';
import { startDeadlineOf } from './deadlines.js';
import type { HeldRun } from './held-run.js';

interface Waiting {
  held: HeldRun;
  timer: Timer | null;
}

/** Runs that wait, without a place, for another run of their task to finish; by task, first come first. */
export class OverlapQueue {
  private readonly tasks = new Map<string, Waiting[]>();

  constructor(
    private readonly clock: Clock,
    /** Told of a run, no longer in the queue, whose start deadline has passed. */
    private readonly onExpired: (held: HeldRun) => void,
  ) {}

  push(held: HeldRun): void {
    const latest = startDeadlineOf(held.run, held.task);
    // An instant at the deadline is in time, so that what comes too late comes a millisecond after it.
    const timer = Number.isFinite(latest) ? this.clock.at(latest + 1, () => this.expire(held)) : null;
    const waiting = this.tasks.get(held.task.id);
    if (waiting) waiting.push({ held, timer });
    else this.tasks.set(held.task.id, [{ held, timer }]);
  }

  /** Takes out the next run of the task. */
  shift(taskId: string): HeldRun | undefined {
    const first = this.tasks.get(taskId)?.[0];
    return first && this.take(first.held.run.id);
  }

  has(runId: string): boolean {
    return this.all().some(({ run }) => run.id === runId);
  }

  hasTask(taskId: string): boolean {
    return this.tasks.has(taskId);
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

  all(): HeldRun[] {
    return [...this.tasks.values()].flatMap((waiting) => waiting.map(({ held }) => held));
  }

  clear(): void {
    for (const waiting of this.tasks.values()) for (const { timer } of waiting) timer?.cancel();
    this.tasks.clear();
  }

  private expire(held: HeldRun): void {
    if (this.take(held.run.id)) this.onExpired(held);
  }
}
