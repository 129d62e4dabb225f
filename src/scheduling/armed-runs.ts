import { Injectable } from '@nestjs/common';
import { Alarm } from '../clock/alarm.js';
import { Clock } from '../clock/clock.js';
import type { Run } from '../domain/run.js';
import { DueHeap } from './due-heap.js';
import { Handback } from './handback.js';
import type { HeldRun } from './held-run.js';
import { Lookout } from './lookout.js';
import { isVoid, type Changed } from './outdated-runs.js';
import { ANNOUNCED_MS, StartLimit } from './start-limit.js';

/** From how many newly armed runs on the garbage of claiming them is collected before they start. */
const CROWD = 500;
/** A collection stops the process for up to 40 ms: there must be this much time left before the next start (ms). */
const QUIET_MS = 150;

/**
 * What is claimed and waits for its time, by one timer. Each of these runs has a place. Shortly before something is due the
 * store is told that it may begin, and nothing begins before that is written.
 */
@Injectable()
export class ArmedRuns {
  private readonly heap = new DueHeap<HeldRun>();
  private readonly alarm: Alarm;
  private readonly announcing: Alarm;
  private begin: (held: HeldRun) => void = () => undefined;
  private armedSinceTidied = 0;

  constructor(
    private readonly clock: Clock,
    private readonly lookout: Lookout,
    private readonly handback: Handback,
    private readonly limit: StartLimit,
  ) {
    this.alarm = new Alarm(clock, () => this.startDue(), true);
    this.announcing = new Alarm(clock, () => this.announce());
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
    this.armedSinceTidied++;
    this.lookout.watch(held);
  }

  /** Begins what is due by `instant` (epoch ms) and waits for the next. */
  startDue(instant = this.clock.now()): void {
    // One at a time: the first of many need not wait until the last is taken out.
    for (let first = this.heap.first(); first && first.run.dueAt <= instant; first = this.heap.first()) {
      if (!this.limit.covers(first.run)) return this.startCovered(first.run.dueAt);
      this.begin(this.heap.pop(instant)!);
    }
    this.setAlarms();
  }

  /** Resolves once nothing of the task is due and waits for the store to be told of it. */
  async begun(taskId: string): Promise<void> {
    for (let due = this.uncovered(taskId); due !== undefined; due = this.uncovered(taskId)) {
      if (!(await this.limit.reach(due))) return;
      this.startDue();
    }
  }

  /**
   * Collects young garbage once a crowd is armed, where there is time before it starts: in its midst a collection would
   * make half of it late. Only in a process that was started with `--expose-gc`.
   */
  tidy(): void {
    if (this.armedSinceTidied < CROWD || globalThis.gc === undefined) return;
    const next = this.heap.nextDueAt() ?? Number.NEGATIVE_INFINITY;
    if (next - this.clock.now() < QUIET_MS) return;
    this.armedSinceTidied = 0;
    // What survives two of them, as the armed runs do, has left the young generation.
    for (let times = 0; times < 2; times++) globalThis.gc({ type: 'minor', execution: 'sync' });
  }

  /**
   * Takes back what is armed of a task from before `generation` and not due by `instant` (epoch ms); what is due by
   * then has started on return, or does so before `begun` resolves.
   */
  revoke(taskId: string, generation: number, instant: number): Run[] {
    this.startDue(instant);
    const isRevoked = ({ run }: HeldRun) => run.taskId === taskId && run.generation < generation && run.dueAt > instant;
    const revoked = this.heap.values().filter(isRevoked);
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
    this.setAlarms();
    this.handback.release(held.run);
    return held;
  }

  /** Takes out everything, whose places are the caller's to free. */
  clear(): HeldRun[] {
    const held = this.heap.values();
    this.alarm.off();
    this.announcing.off();
    this.lookout.clear();
    this.heap.clear();
    return held;
  }

  private setAlarms(): void {
    const next = this.heap.nextDueAt();
    this.alarm.set(next);
    this.announcing.set(next === undefined ? undefined : next - ANNOUNCED_MS);
  }

  /** Tells the store that what is due next may begin. */
  private announce(): void {
    const next = this.heap.nextDueAt();
    if (next !== undefined) void this.limit.reach(next);
  }

  private startCovered(dueAt: number): void {
    this.alarm.off();
    void this.limit.reach(dueAt).then((isReached) => isReached && this.startDue());
  }

  /** When the first run of the task is due that cannot begin yet, if it is due already (epoch ms). */
  private uncovered(taskId: string): number | undefined {
    const now = this.clock.now();
    if ((this.heap.nextDueAt() ?? now + 1) > now) return undefined;
    return this.heap.values().find(({ run }) => run.taskId === taskId && run.dueAt <= now)?.run.dueAt;
  }
}
