import { setImmediate as later } from 'node:timers';
import { Injectable } from '@nestjs/common';
import { Presence } from '../../cluster/presence.js';
import { Alarm } from '../../clock/alarm.js';
import { Clock } from '../../clock/clock.js';
import type { Run } from '../../domain/run.js';
import { HeldRuns } from '../holding/held-runs.js';
import type { Hold } from '../holding/hold.js';
import { ANNOUNCED_MS, StartLimit } from '../holding/start-limit.js';
import { OverlapLookahead } from '../overlap/overlap-lookahead.js';
import { isOutdated, isVoid, type Changed } from '../planning/task-changes.js';
import { DueInTurns } from '../queues/due-in-turns.js';

/** From this many newly armed runs on, the garbage of claiming them is collected before they start. */
const CROWD = 500;
/** A collection stops the process for up to 40 ms, so there must be this much time left before the next start (ms). */
const QUIET_MS = 150;
/**
 * How long runs are begun one after the other before other work has its turn (ms): if an organization is alone, and if
 * others are here. What the begun runs do at once comes on top.
 */
const LONGEST_MS = { alone: 20, shared: 5 };

/**
 * Runs that are claimed and wait for their time, with one timer for all. Each of them has a slot. Shortly before a run
 * is due the store is told that it may begin, and no run begins before that is written. The organizations take turns
 * among the runs that are due together; when there are many, the process does other work in between.
 */
@Injectable()
export class ArmedRuns {
  private readonly heap = new DueInTurns<Hold>();
  private readonly alarm: Alarm;
  private readonly announcing: Alarm;
  private armedSinceTidied = 0;
  /**
   * Resolves when the due runs that were left to a later turn of the event loop are taken up; null when none are left.
   */
  private goingOn: Promise<void> | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly lookahead: OverlapLookahead,
    private readonly held: HeldRuns,
    private readonly limit: StartLimit,
    private readonly presence: Presence,
  ) {
    this.alarm = new Alarm(clock, () => this.startDue(), true);
    this.announcing = new Alarm(clock, () => this.announce());
    held.keep('armed', {
      enter: (hold) => this.add(hold),
      leave: (hold) => this.drop(hold),
      clear: () => this.clear(),
    });
  }

  /**
   * Begins the runs that are due by `instant` (epoch ms), and sets the timers for the next one. Of very many, the rest
   * begins in later turns of the event loop.
   */
  startDue(instant = this.clock.now()): void {
    const since = this.clock.monotonic();
    const longestMs = this.presence.hasSeveral ? LONGEST_MS.shared : LONGEST_MS.alone;
    // One at a time, so that the first of many need not wait until the last is taken out.
    for (let first = this.heap.first(instant); first; first = this.heap.first(instant)) {
      if (!this.limit.covers(first.run)) return this.startCovered(first.run.dueAt);
      if (this.clock.monotonic() - since >= longestMs) return this.goOnLater();
      this.held.move(this.heap.pop(instant)!, 'starting');
    }
    this.setAlarms();
  }

  /** Resolves once no due run of the task waits here for other runs or for the announcement to the store. */
  async begun(taskId: string): Promise<void> {
    for (let due = this.waitingOf(taskId); due !== undefined; due = this.waitingOf(taskId)) {
      if (this.goingOn) await this.goingOn;
      else if (await this.limit.reach(due)) this.startDue();
      else return;
    }
  }

  /**
   * Collects young garbage once a crowd is armed, if there is time before it starts: a collection in its midst would
   * delay half of it. Works only in a process that was started with `--expose-gc`.
   */
  tidy(): void {
    if (this.armedSinceTidied < CROWD || globalThis.gc === undefined) return;
    const next = this.heap.nextDueAt() ?? Number.NEGATIVE_INFINITY;
    if (next - this.clock.now() < QUIET_MS) return;
    this.armedSinceTidied = 0;
    // What survives two collections, as the armed runs do, has left the young generation.
    for (let times = 0; times < 2; times++) globalThis.gc({ type: 'minor', execution: 'sync' });
  }

  /**
   * Takes back the task's armed runs from before `generation` that are not due by `instant` (epoch ms). Those that are
   * due by then have started on return, or start before `begun` resolves.
   */
  revoke(taskId: string, generation: number, instant: number): Run[] {
    this.startDue(instant);
    const isRevoked = ({ run }: Hold) =>
      run.taskId === taskId && isOutdated(run, { generation }) && run.dueAt > instant;
    return this.takeBack(this.heap.values().filter(isRevoked));
  }

  /**
   * Takes back the runs of these tasks that were armed before their change and are due after it, in one pass over all.
   */
  revokeOutdated(tasks: readonly Changed[]): Run[] {
    const changed = new Map(tasks.flatMap((task) => (task.generation > 1 ? [[task.id, task] as const] : [])));
    if (changed.size === 0) return [];
    const isRevoked = (run: Run) => changed.has(run.taskId) && isVoid(run, changed.get(run.taskId)!);
    return this.takeBack(this.heap.values().filter(({ run }) => isRevoked(run)));
  }

  private add(hold: Hold): void {
    this.heap.add(hold);
    this.armedSinceTidied++;
    this.lookahead.watch(hold);
  }

  private drop(hold: Hold): void {
    // A run that begins at its time has already been taken out.
    if (!this.heap.remove(hold)) return;
    this.lookahead.forget(hold.run.id);
    this.setAlarms();
  }

  private clear(): void {
    this.alarm.off();
    this.announcing.off();
    this.lookahead.clear();
    this.heap.clear();
  }

  private takeBack(holds: readonly Hold[]): Run[] {
    for (const hold of holds) this.held.lose(hold);
    return holds.map(({ run }) => run);
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

  private goOnLater(): void {
    this.alarm.off();
    this.goingOn ??= new Promise((resolve) => {
      later(() => {
        this.goingOn = null;
        this.startDue();
        resolve();
      });
    });
  }

  private startCovered(dueAt: number): void {
    this.alarm.off();
    void this.limit.reach(dueAt).then((isReached) => isReached && this.startDue());
  }

  /** When the task's first due run that has not begun was due (epoch ms); undefined when there is none. */
  private waitingOf(taskId: string): number | undefined {
    const now = this.clock.now();
    if ((this.heap.nextDueAt() ?? now + 1) > now) return undefined;
    return this.heap.values().find(({ run }) => run.taskId === taskId && run.dueAt <= now)?.run.dueAt;
  }
}
