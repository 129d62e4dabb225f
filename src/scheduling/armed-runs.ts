import { Injectable } from '@nestjs/common';
import { Alarm } from '../clock/alarm.js';
import { Clock } from '../clock/clock.js';
import type { Run } from '../domain/run.js';
import { DueHeap } from './due-heap.js';
import { Handback } from './handback.js';
import type { HeldRun } from './held-run.js';
import { Lookout } from './lookout.js';
import { isVoid, type Changed } from './outdated-runs.js';

/** What is claimed and waits for its time, by one timer. Each of these runs has a place. */
@Injectable()
export class ArmedRuns {
  private readonly heap = new DueHeap<HeldRun>();
  private readonly alarm: Alarm;
  private begin: (held: HeldRun) => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly lookout: Lookout,
    private readonly handback: Handback,
  ) {
    this.alarm = new Alarm(clock, () => this.startDue());
  }

  /** `begin` is called with each run at its time. */
  connect(begin: (held: HeldRun) => void): void {
    this.begin = begin;
  }

  has(runId: string): boolean {
    return this.heap.has(runId);
  }

  add(held: HeldRun): void {
    this.heap.set(held.run.id, held.run.dueAt, held);
    this.lookout.watch(held);
  }

  /** Begins what is due by `instant` (epoch ms) and waits for the next. */
  startDue(instant = this.clock.now()): void {
    // One at a time: the first of many need not wait until the last is taken out.
    for (let held = this.heap.pop(instant); held; held = this.heap.pop(instant)) this.begin(held);
    this.alarm.set(this.heap.nextDueAt());
  }

  /**
   * Takes back what is armed of a task from before `generation` and not due by `instant` (epoch ms); what is due by
   * then has started on return.
   */
  revoke(taskId: string, generation: number, instant: number): Run[] {
    this.startDue(instant);
    const revoked = this.heap.values().filter(({ run }) => run.taskId === taskId && run.generation < generation);
    return revoked.map(({ run }) => this.take(run.id)!.run);
  }

  /** Takes back what is armed of these tasks from before their change, and due after it, in one pass over what is armed. */
  revokeOutdated(tasks: readonly Changed[]): Run[] {
    const changed = new Map(tasks.flatMap((task) => (task.generation > 1 ? [[task.id, task] as const] : [])));
    if (changed.size === 0) return [];
    const isRevoked = (run: Run) => changed.has(run.taskId) && isVoid(run, changed.get(run.taskId)!);
    const outdated = this.heap.values().filter(({ run }) => isRevoked(run));
    return outdated.map(({ run }) => this.take(run.id)!.run);
  }

  /** Takes out a run and frees its place. */
  take(runId: string): HeldRun | undefined {
    const held = this.heap.get(runId);
    if (!held) return undefined;
    this.heap.delete(runId);
    this.lookout.forget(runId);
    this.alarm.set(this.heap.nextDueAt());
    this.handback.release();
    return held;
  }

  /** Takes out everything, whose places are the caller's to free. */
  clear(): HeldRun[] {
    const held = this.heap.values();
    this.alarm.off();
    this.lookout.clear();
    this.heap.clear();
    return held;
  }
}
