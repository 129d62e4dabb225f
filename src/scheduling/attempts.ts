import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { ExecutionLogManager } from '../execution-log/execution-log-manager.js';
import { LifecycleEvents, type LifecycleEventMap } from '../lifecycle/lifecycle-events.js';
import { Assignment } from './assignment.js';
import type { AttemptAbort, AttemptEnd } from './attempt-end.js';
import { AttemptRunner } from './attempt-runner.js';
import { Handback } from './handback.js';
import type { HeldRun } from './held-run.js';
import { Later } from './later.js';
import { hasCallback } from './obstacle.js';
import { ResourcePools } from './resource-pools.js';
import { RunBook } from './run-book.js';
import { RunningMarks } from './running-marks.js';
import { RunSettlement } from './run-settlement.js';
import { Slots } from './slots.js';

/** Says what follows from the end of an attempt, and writes it. */
type Conclude = (assignment: Assignment, end: AttemptEnd) => Promise<void>;

/**
 * The attempts under way on this instance: each begins with a place, and frees it at its end. Up to as many ends as there
 * are places wait to be written beside them.
 */
@Injectable()
export class Attempts {
  private readonly active = new Map<string, Assignment>();
  private readonly unannounced: LifecycleEventMap['run.started'][] = [];
  private idle = new Later<void>();
  /** How many attempts have ended whose end is not written. */
  private unwritten = 0;
  private conclude: Conclude = () => Promise.resolve();

  constructor(
    private readonly clock: Clock,
    private readonly runner: AttemptRunner,
    private readonly book: RunBook,
    private readonly marks: RunningMarks,
    private readonly pools: ResourcePools,
    private readonly settlement: RunSettlement,
    private readonly handback: Handback,
    private readonly slots: Slots,
    private readonly logs: ExecutionLogManager,
    private readonly events: LifecycleEvents,
  ) {}

  connect(conclude: Conclude): void {
    this.conclude = conclude;
  }

  has(runId: string): boolean {
    return this.active.has(runId);
  }

  /** Begins an attempt of a run. */
  start({ run, task }: HeldRun): void {
    const now = this.clock.now();
    const lateness = Math.max(0, now - run.dueAt);
    run.startedAt ??= now;
    run.latenessMs ??= lateness;
    run.state = 'running';
    const assignment = this.assign(run, task, this.logs.open(run, run.attempt), now);
    assignment.log.begin(now, run.owner!, lateness);
    this.marks.markSoon(assignment);
    this.announceSoon({ run, task, latenessMs: lateness });
    void this.attend(assignment, this.runner.execute(assignment));
  }

  /** Goes on with an attempt that waits for its call-back and was begun by another instance at `begun` (epoch ms). */
  adopt({ run, task }: HeldRun, begun: number): void {
    const assignment = this.assign(run, task, this.logs.reopen(run, run.attempt), begun);
    const remaining = begun + task.definition.timeoutMs - this.clock.now();
    void this.attend(assignment, this.runner.awaitCallback(assignment, Math.max(0, remaining)));
  }

  /** Whether it is this run, and not one of its id that was claimed later, whose attempt is under way. */
  isUnderWay(run: Run): boolean {
    return this.active.get(run.id)?.run === run;
  }

  /** The runs whose end another instance may be told. */
  awaitingCallback(): Pick<Run, 'id' | 'taskId' | 'owner' | 'attempt'>[] {
    const waiting = [...this.active.values()].filter(({ task }) => hasCallback(task));
    return waiting.map(({ run: { id, taskId, owner, attempt } }) => ({ id, taskId, owner, attempt }));
  }

  /** Ends an attempt that waits for its call-back; tells whether it is waiting here. */
  complete(runId: string, attempt: number, end: AttemptEnd): boolean {
    const assignment = this.active.get(runId);
    if (assignment?.run.attempt !== attempt) return false;
    assignment.callback.resolve(end);
    return true;
  }

  /** Aborts the attempt of a run, where `attempt` is given only that one; tells whether it is under way. */
  abort(runId: string, abort: AttemptAbort, attempt?: number): boolean {
    const assignment = this.active.get(runId);
    if (!assignment || (attempt !== undefined && assignment.run.attempt !== attempt)) return false;
    assignment.aborter.abort(abort);
    return true;
  }

  abortAll(abort: AttemptAbort): void {
    for (const { aborter } of this.active.values()) aborter.abort(abort);
  }

  /** Resolves when the attempt of that run, if one is under way, has ended and is written. */
  async ended(runId: string): Promise<void> {
    await this.active.get(runId)?.ended.promise;
  }

  /** Resolves once no attempt is under way. */
  async settled(): Promise<void> {
    while (this.active.size > 0) await this.idle.promise;
  }

  /** Aborts everything and forgets it at once; what is under way goes on until it notices. */
  abandon(abort: AttemptAbort): void {
    for (const assignment of this.active.values()) assignment.hasEnded = true;
    this.abortAll(abort);
    this.active.clear();
    this.book.clear();
  }

  /** Tells of a start once everything that is due together has started: nobody waits for the listeners of another run. */
  private announceSoon(start: LifecycleEventMap['run.started']): void {
    if (this.unannounced.push(start) > 1) return;
    // Comes before whatever follows from the end of an attempt.
    queueMicrotask(() => {
      for (const event of this.unannounced.splice(0)) this.events.emit('run.started', event);
    });
  }

  private assign(run: Run, task: Task, log: Assignment['log'], startedAt: number): Assignment {
    const assignment = new Assignment(run, task, log, startedAt);
    this.active.set(run.id, assignment);
    this.book.enter(run);
    return assignment;
  }

  private async attend(assignment: Assignment, attempt: Promise<AttemptEnd>): Promise<void> {
    const end = await attempt;
    assignment.hasEnded = true;
    // What comes next is claimed while this end is written, unless the store has fallen behind.
    const isFreed = this.unwritten < this.slots.limit;
    if (isFreed) this.handback.release(assignment.run);
    this.unwritten++;
    try {
      await this.conclude(assignment, end);
    } catch (error) {
      this.settlement.report(assignment.run, error);
    } finally {
      this.unwritten--;
      this.dismiss(assignment);
      if (!isFreed) this.handback.release(assignment.run);
    }
  }

  private dismiss(assignment: Assignment): void {
    const { id } = assignment.run;
    // What a former self began holds nothing any more: the units of that id may be those of the attempt after it.
    if (this.active.get(id) === assignment) {
      this.active.delete(id);
      this.pools.give(id);
    }
    assignment.ended.resolve();
    if (this.active.size > 0) return;
    this.idle.resolve();
    this.idle = new Later<void>();
  }
}
