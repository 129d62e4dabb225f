import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { OwnWork } from '../../cluster/own-work.js';
import { Slots } from '../../cluster/slots.js';
import { noteTask, sizeOfHeld } from '../../domain/held-size.js';
import type { Json } from '../../domain/json.js';
import { storedNeedOf } from '../../domain/need.js';
import type { Heartbeat, Run, RunProgress } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { messageOf } from '../../domain/thrown.js';
import { reportEnd } from '../../execution-log/attempt-entries.js';
import { isUneventful } from '../../execution-log/silent-log.js';
import { AttemptHooks } from '../../integrations/hooks/attempt-hooks.js';
import { LockManager } from '../../locking/lock-manager.js';
import type { Failure } from '../../retry/retry-policy-manager.js';
import type { Assignment } from '../holding/assignment.js';
import { HeldRuns } from '../holding/held-runs.js';
import type { Hold } from '../holding/hold.js';
import type { Phase } from '../holding/phases.js';
import { RunSettlement } from '../holding/run-settlement.js';
import { SetAsideRuns } from '../holding/set-aside-runs.js';
import { AttemptAbort, outcomeOf, type AttemptEnd } from '../planning/attempt-end.js';
import { ProgressPlanner } from '../planning/progress-planner.js';
import { ResourcePools } from '../resources/resource-pools.js';
import { ArmedRuns } from './armed-runs.js';
import { Attempts } from './attempts.js';
import { Cancellation } from './cancellation.js';
import { OverlapGate } from './overlap-gate.js';
import { ResourceGate } from './resource-gate.js';

/** Carries runs from their claim to their end: armed, started on time, ended, and what follows from that. */
@Injectable()
export class ExecutionOrchestrator {
  constructor(
    private readonly clock: Clock,
    locks: LockManager,
    private readonly armed: ArmedRuns,
    private readonly overlap: OverlapGate,
    private readonly resourceGate: ResourceGate,
    private readonly attempts: Attempts,
    private readonly planner: ProgressPlanner,
    private readonly settlement: RunSettlement,
    private readonly cancellation: Cancellation,
    private readonly held: HeldRuns,
    private readonly aside: SetAsideRuns,
    private readonly pools: ResourcePools,
    private readonly slots: Slots,
    private readonly work: OwnWork,
    private readonly hooks: AttemptHooks,
  ) {
    held.keep('starting', { enter: (hold) => this.begin(hold) });
    locks.onLost(() => this.abandon());
  }

  /**
   * Claims a run, with a slot, if its organization may have one and the run is not held here yet; without a slot it has
   * to wait.
   */
  acquireExecutionResources(run: Run): Hold | null {
    return this.slots.admits(run.organization, this.slots.places.laneOfRun(run)) ? this.held.claim(run) : null;
  }

  /** Starts claimed runs, each at its `dueAt`. */
  orchestrateTaskExecution(holds: readonly Hold[]): void {
    for (const hold of holds) {
      this.aside.alone(hold, () => {
        this.resourceGate.foresee(hold);
        this.weigh(hold);
        this.held.move(hold, 'armed');
      });
    }
    this.armed.startDue();
  }

  /** Prepares the starts of armed runs while there is nothing else to do. */
  prepareStarts(): void {
    this.armed.tidy();
  }

  /** What becomes of a run whose attempt failed; `output` is what is kept of it all the same. */
  handleExecutionFailure(
    run: Run,
    task: Task,
    failure: Failure,
    startedAt: number,
    output: Json | null = null,
  ): RunProgress {
    return this.planner.after(run, task, { kind: 'failed', failure, output }, startedAt, this.clock.now());
  }

  /**
   * Takes back the task's armed runs from before `generation` that are not due by `instant` (epoch ms). Those that are
   * due by then have started on return, or start before `decided` resolves.
   */
  revoke(taskId: string, generation: number, instant: number): Run[] {
    return this.armed.revoke(taskId, generation, instant);
  }

  /**
   * Resolves once every run of the task that was about to start has started, or will read the task anew before it does.
   */
  async decided(taskId: string): Promise<void> {
    await this.armed.begun(taskId);
    await this.overlap.decided(taskId);
    await this.resourceGate.equipped(taskId);
  }

  /** Takes back the runs of these tasks that were armed before their change and are due after it. */
  revokeOutdated(tasks: readonly Pick<Task, 'id' | 'generation' | 'updatedAt'>[]): Run[] {
    return this.armed.revokeOutdated(tasks);
  }

  /** Continues an attempt that waits for its call-back and that another instance began. */
  adoptWaiting(hold: Hold): void {
    const { run } = hold;
    this.weigh(hold);
    const begun = Math.max(run.startedAt ?? 0, run.dueAt, run.attempts.at(-1)?.finishedAt ?? 0);
    void this.attend(hold, this.attempts.adopt(hold, begun));
    void this.resourceGate.claimUnits(hold);
  }

  /** The runs under way here whose end another instance may receive by call-back. */
  awaitingCallback(): Pick<Run, 'id' | 'organization' | 'owner' | 'attempt'>[] {
    return this.attempts.awaitingCallback();
  }

  /** Ends an attempt whose result another instance has written. */
  letGo(runId: string, attempt: number): void {
    const abort = new AttemptAbort('ended-elsewhere', 'Another instance was told how it ended.');
    this.attempts.abort(runId, abort, attempt);
  }

  /** Cancels a run that this instance holds; resolves to false when it holds no run with this id. */
  cancel(runId: string, reason: string): Promise<boolean> {
    return this.cancellation.cancel(runId, reason);
  }

  /** The task of an attempt under way here, as it was when the attempt began. */
  taskUnderWay(runId: string, attempt: number): Task | undefined {
    return this.attempts.taskOf(runId, attempt);
  }

  /** Takes a sign of life of an attempt, if it is under way here. */
  hear(runId: string, heartbeat: Heartbeat): void {
    this.attempts.hear(runId, heartbeat);
  }

  /** Ends an attempt that waits for its call-back; returns whether that is what ends it. */
  completeCallback(runId: string, attempt: number, end: AttemptEnd): boolean {
    return this.attempts.complete(runId, attempt, end);
  }

  /** Resolves when the attempt of that run, if one is under way here, has ended and its end is written. */
  ended(runId: string): Promise<void> {
    return this.attempts.ended(runId);
  }

  /**
   * Gives back what has not begun, lets attempts finish for up to `graceMs`, gives back the rest, and resolves when all
   * is written.
   */
  async stop(graceMs: number): Promise<void> {
    this.resourceGate.stop();
    this.attempts.handOverWaiting();
    const shutdown = new AttemptAbort('shutdown', 'The instance is shutting down.');
    const deadline = this.clock.after(graceMs, () => this.attempts.abortAll(shutdown));
    await this.giveBack('armed', 'waiting-for-overlap', 'waiting-for-units');
    await this.resourceGate.settled();
    await this.attempts.settled();
    await this.pools.settled();
    deadline.cancel();
    await this.giveBack('ready');
  }

  /** Counts the memory that the run takes, with its task, until its slot is released. */
  private weigh({ run, task }: Hold): void {
    noteTask(run, task);
    this.slots.hold(run, sizeOfHeld(run));
  }

  private async giveBack(...phases: Phase[]): Promise<void> {
    await Promise.all(this.held.in(...phases).map((hold) => this.settlement.giveBack(hold)));
  }

  /** Starts a run whose time has come, unless something has come in between, its task is busy, or units are missing. */
  private begin(hold: Hold): void {
    if (!this.held.isOurs(hold.run)) return this.held.lose(hold);
    this.aside.alone(hold, () => {
      if (this.settlement.endHindered(hold)) return;
      if (!this.work.hasQueueAndSkill(hold.task)) return this.leaveToOthers(hold);
      if (this.held.isMisplaced(hold)) return this.comeForPlaces(hold);
      this.overlap.pass(hold, () => this.equip(hold));
    });
  }

  private equip(hold: Hold): void {
    this.aside.alone(hold, () => this.resourceGate.pass(hold, () => this.start(hold)));
  }

  private start(hold: Hold): void {
    this.aside.alone(hold, () => {
      if (!this.work.hasQueueAndSkill(hold.task)) return this.leaveToOthers(hold);
      void this.attend(hold, this.attempts.start(hold));
    });
  }

  /** The task has come to need other places than the run took: it waits for those. */
  private comeForPlaces(hold: Hold): void {
    const { run } = hold;
    delete run.queue;
    delete run.skill;
    Object.assign(run, storedNeedOf(hold.task));
    this.held.comeAgain(hold, this.clock.now());
  }

  /** This instance has lost the handler since it claimed the run: it goes to one that has it, with no attempt spent. */
  private leaveToOthers(hold: Hold): void {
    this.pools.give(hold.run.id);
    void this.settlement.giveBack(hold);
  }

  /** Waits for the end of the attempt, and has it written. */
  private async attend(hold: Hold, attempt: Promise<AttemptEnd>): Promise<void> {
    const assignment = hold.assignment!;
    const end = await attempt.catch(notMade);
    const endedAt = this.clock.now();
    this.attempts.end(hold, assignment, end);
    try {
      const told = this.hooks.anyAfter ? outcomeOf(end) : null;
      if (told) await this.hooks.after(assignment, told);
      await this.conclude(hold, assignment, end, endedAt);
    } catch (error) {
      this.settlement.report(assignment.run, error);
    } finally {
      this.attempts.dismiss(hold, assignment);
    }
  }

  private async conclude(hold: Hold, assignment: Assignment, end: AttemptEnd, now: number): Promise<void> {
    const { run, task, log, startedAt } = assignment;
    if (end.kind === 'aborted' && end.abort.kind === 'ended-elsewhere') return this.held.leave(hold);
    if (end.kind === 'aborted' && end.abort.kind === 'lock-lost') return;
    if (end.kind === 'aborted' && end.abort.kind === 'hand-over') return this.handOver(hold, assignment, end);
    const progress =
      end.kind === 'failed'
        ? this.handleExecutionFailure(run, task, end.failure, startedAt, end.output)
        : this.planner.after(run, task, end, startedAt, now);
    if (log.isSilent && isUneventful(progress)) log.leaveSilent();
    else {
      reportEnd(log, progress, now - startedAt);
      await log.flush();
    }
    await this.settlement.settle(hold, { run, task }, progress);
  }

  /** Gives the run to another instance, with its attempt still under way. */
  private async handOver(hold: Hold, { run, task, log }: Assignment, end: AttemptEnd): Promise<void> {
    const now = this.clock.now();
    await log.flush();
    return this.settlement.settle(hold, { run, task }, this.planner.after(run, task, end, now, now));
  }

  /** Forgets everything: the lock is lost, so other instances take it over. */
  private abandon(): void {
    this.attempts.abandon(new AttemptAbort('lock-lost', 'The instance lost its lock.'));
    this.held.abandon();
  }
}

/** How an attempt ended that could not be made: a fault of this program, which must not cost its run the end. */
const notMade = (error: unknown): AttemptEnd => ({
  kind: 'failed',
  failure: { error: { code: 'error', message: messageOf(error) } },
});
