import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Run, RunProgress } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { LockManager } from '../locking/lock-manager.js';
import { isUneventful } from '../execution-log/silent-log.js';
import type { Failure } from '../retry/retry-policy-manager.js';
import { ArmedRuns } from './armed-runs.js';
import { AttemptAbort, type AttemptEnd } from './attempt-end.js';
import { AttemptOutcome } from './attempt-outcome.js';
import { reportEnd } from './attempt-report.js';
import type { Assignment } from './assignment.js';
import { Attempts } from './attempts.js';
import { Cancellation } from './cancellation.js';
import { Handback, type Backlog } from './handback.js';
import type { HeldRun } from './held-run.js';
import { obstacleOf } from './obstacle.js';
import { Outfitter } from './outfitter.js';
import { OverlapQueue } from './overlap-queue.js';
import { OverlapYielding } from './overlap-yielding.js';
import { ResourcePools } from './resource-pools.js';
import { RunBook } from './run-book.js';
import { RunSettlement } from './run-settlement.js';
import { Slots } from './slots.js';

/** Carries runs from the moment they are claimed to their end: armed, started on time, ended, and what follows from it. */
@Injectable()
export class ExecutionOrchestrator {
  constructor(
    private readonly clock: Clock,
    locks: LockManager,
    private readonly armed: ArmedRuns,
    private readonly overlap: OverlapYielding,
    private readonly queue: OverlapQueue,
    private readonly outfitter: Outfitter,
    private readonly attempts: Attempts,
    private readonly outcome: AttemptOutcome,
    private readonly settlement: RunSettlement,
    private readonly cancellation: Cancellation,
    private readonly handback: Handback,
    private readonly book: RunBook,
    private readonly pools: ResourcePools,
    readonly slots: Slots,
  ) {
    armed.connect((held) => this.begin(held));
    attempts.connect((assignment, end) => this.conclude(assignment, end));
    locks.onLost(() => this.abandon());
  }

  connect(backlog: Backlog): void {
    this.handback.connect(backlog);
  }

  /** Whether the run is armed, under way or queued here. */
  holds(runId: string): boolean {
    const isWaiting = this.queue.has(runId) || this.outfitter.has(runId) || this.overlap.isDeciding(runId);
    return this.armed.has(runId) || this.attempts.has(runId) || isWaiting;
  }

  /** Takes a place for a run of the organization, if it may have one; without one the run has to wait. */
  acquireExecutionResources(organization: string): boolean {
    const isGranted = this.slots.admits(organization);
    if (isGranted) this.slots.take(organization);
    return isGranted;
  }

  /** Starts runs that are held and have a place, each at its `dueAt`. */
  orchestrateTaskExecution(held: readonly HeldRun[]): void {
    for (const item of held) this.arm(item);
    this.armed.startDue();
  }

  /** Makes ready for the starts of what is armed, as nothing else is to do. */
  prepareStarts(): void {
    this.armed.tidy();
  }

  /** What becomes of a run whose attempt failed or timed out. */
  handleExecutionFailure(run: Run, task: Task, failure: Failure, startedAt: number): RunProgress {
    return this.outcome.afterFailure(run, task, 'failed', failure, startedAt, this.clock.now());
  }

  /**
   * Takes back what is armed of a task from before `generation` and not due by `instant` (epoch ms); what is due by
   * then has started on return.
   */
  revoke(taskId: string, generation: number, instant: number): Run[] {
    return this.armed.revoke(taskId, generation, instant);
  }

  /** Resolves once what was about to start of the task has started, or will look at the task anew before it does. */
  async decided(taskId: string): Promise<void> {
    await this.armed.begun(taskId);
    await this.overlap.decided(taskId);
    await this.outfitter.equipped(taskId);
  }

  /** Takes back what is armed of these tasks from before their change, and due after it. */
  revokeOutdated(tasks: readonly Pick<Task, 'id' | 'generation' | 'updatedAt'>[]): Run[] {
    return this.armed.revokeOutdated(tasks);
  }

  /** Goes on with an attempt that waits for its call-back and was begun by another instance. */
  adoptWaiting(held: HeldRun): void {
    const { run } = held;
    this.attempts.adopt(held, Math.max(run.startedAt ?? 0, run.dueAt, run.attempts.at(-1)?.finishedAt ?? 0));
    void this.outfitter.claimUnits(held);
  }

  /** The runs under way here whose end another instance may be told. */
  awaitingCallback(): Pick<Run, 'id' | 'taskId' | 'owner' | 'attempt'>[] {
    return this.attempts.awaitingCallback();
  }

  /** Ends an attempt whose result another instance has written. */
  letGo(runId: string, attempt: number): void {
    const abort = new AttemptAbort('ended-elsewhere', 'Another instance was told how it ended.');
    this.attempts.abort(runId, abort, attempt);
  }

  /** Cancels a run that this instance holds; resolves to false when it holds none of that id. */
  cancel(runId: string, reason: string): Promise<boolean> {
    return this.cancellation.cancel(runId, reason);
  }

  /** Ends an attempt that waits for its call-back; tells whether it is waiting here. */
  completeCallback(runId: string, attempt: number, end: AttemptEnd): boolean {
    return this.attempts.complete(runId, attempt, end);
  }

  /** Resolves when the attempt of that run, if one is under way here, has ended and is written. */
  ended(runId: string): Promise<void> {
    return this.attempts.ended(runId);
  }

  /** Hands a held run to whoever wants it next; where that cannot be written, recovery does. */
  giveBack(run: Run): Promise<void> {
    return this.settlement.giveBack(run);
  }

  /** Lets what is under way finish until `graceMs` have passed, gives back the rest, and resolves when all is written. */
  async stop(graceMs: number): Promise<void> {
    const waiting = [...this.armed.clear(), ...this.queue.clear(), ...this.outfitter.stop()];
    const shutdown = new AttemptAbort('shutdown', 'The instance is shutting down.');
    const deadline = this.clock.after(graceMs, () => this.attempts.abortAll(shutdown));
    await Promise.all(waiting.map(({ run }) => this.giveBack(run)));
    await this.outfitter.settled();
    await this.attempts.settled();
    await this.pools.settled();
    deadline.cancel();
  }

  private arm(held: HeldRun): void {
    const { id } = held.run;
    // Claimed anew after a change of its task, a run may be armed or under way here already, and has its place.
    if (this.armed.has(id) || this.attempts.has(id)) this.handback.release(held.run);
    if (this.attempts.has(id)) return;
    this.outfitter.foresee(held);
    this.armed.add(held);
  }

  /** Starts a run, which has a place, at its time, unless something has come in between. */
  private begin(held: HeldRun): void {
    if (!this.handback.isOurs(held.run)) return this.handback.release(held.run);
    if (obstacleOf(held, this.clock.now())) {
      this.handback.release(held.run);
      return this.settlement.endUnstarted(held);
    }
    this.overlap.pass(held, (free) => this.outfitter.start(free));
  }

  private async conclude({ run, task, log, startedAt }: Assignment, end: AttemptEnd): Promise<void> {
    if (end.kind === 'aborted' && end.abort.kind === 'ended-elsewhere') return this.book.leave(run);
    if (end.kind === 'aborted' && end.abort.kind === 'lock-lost') return;
    const now = this.clock.now();
    const progress =
      end.kind === 'failed'
        ? this.handleExecutionFailure(run, task, end.failure, startedAt)
        : this.outcome.after(run, task, end, startedAt, now);
    if (!log.isSilent || !isUneventful(progress)) {
      reportEnd(log, progress, now - startedAt);
      await log.flush();
    }
    await this.settlement.settle({ run, task }, progress);
  }

  /** Forgets everything: the lock is lost, so that other instances take it over. */
  private abandon(): void {
    for (const { run } of this.armed.clear()) this.slots.release(run.organization);
    this.queue.clear();
    this.outfitter.clear();
    this.attempts.abandon(new AttemptAbort('lock-lost', 'The instance lost its lock.'));
  }
}
