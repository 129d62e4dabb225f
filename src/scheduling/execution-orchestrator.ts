import { Injectable, Logger } from '@nestjs/common';
import { Alarm } from '../clock/alarm.js';
import { Clock } from '../clock/clock.js';
import { isFinished, type Run, type RunProgress } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { ExecutionLogManager } from '../execution-log/execution-log-manager.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { LockManager } from '../locking/lock-manager.js';
import type { Failure } from '../retry/retry-policy-manager.js';
import { AttemptAbort, type AttemptEnd } from './attempt-end.js';
import { AttemptOutcome, progressOf } from './attempt-outcome.js';
import { AttemptRunner, promiseWithResolvers, type Assignment } from './attempt-runner.js';
import { expiryOf } from './deadlines.js';
import { DueHeap } from './due-heap.js';
import type { HeldRun } from './held-run.js';
import { hasBegun, OverlapRule } from './overlap-rule.js';
import { Lookout } from './lookout.js';
import { OverlapQueue } from './overlap-queue.js';
import { PoolLine, unitsOf } from './pool-line.js';
import { isWaitReason, ResourcePools } from './resource-pools.js';
import { RunBook } from './run-book.js';
import { RunWriter } from './run-writer.js';
import type { RunIncident } from './schedule-status-evaluator.js';
import { Slots } from './slots.js';

/** How long an attempt is under way before its run is written as running: most are over by then and need one write less. */
const MARK_RUNNING_AFTER_MS = 20;
/** How long to wait before looking again at a run of the same task that another instance works on. */
const LOOK_AGAIN_MS = 1000;
/** How long to wait before looking again at a run of which another instance may be about to begin. */
const DOUBT_MS = 50;

/** Where the orchestrator hands back what it cannot go on with right now. */
export interface Backlog {
  /** A place has become free. */
  slotFreed(): void;
  /** The run, held by this instance, wants a place again at its `dueAt`, or at `at` (epoch ms). */
  again(run: Run, at?: number): void;
  /** Takes out a run that was handed back and waits; nothing when there is none of that id. */
  takeBack(runId: string): Promise<HeldRun | undefined>;
}

/** Carries runs from the moment they are claimed to their end: armed, started on time, ended, and what follows from it. */
@Injectable()
export class ExecutionOrchestrator {
  /** What is claimed and waits for its time. Each entry has a place. */
  private readonly armed = new DueHeap<HeldRun>();
  private readonly alarm: Alarm;
  private readonly book = new RunBook();
  private readonly queued: OverlapQueue;
  /** Runs with a place whose units are being taken. */
  private readonly equipping = new Map<string, { held: HeldRun; done: Promise<void> }>();
  private readonly cancelledMeanwhile = new Set<string>();
  private stopping = false;
  private readonly unmarked = new Set<Assignment>();
  private marking = false;
  private backlog: Backlog = {
    slotFreed: () => undefined,
    again: () => undefined,
    takeBack: () => Promise.resolve(undefined),
  };
  private idle = promiseWithResolvers<void>();
  private readonly logger = new Logger(ExecutionOrchestrator.name);

  constructor(
    private readonly clock: Clock,
    private readonly locks: LockManager,
    private readonly writer: RunWriter,
    private readonly runner: AttemptRunner,
    private readonly outcome: AttemptOutcome,
    private readonly overlap: OverlapRule,
    private readonly lookout: Lookout,
    private readonly pools: ResourcePools,
    private readonly line: PoolLine,
    private readonly logs: ExecutionLogManager,
    private readonly events: LifecycleEvents,
    readonly slots: Slots,
  ) {
    this.alarm = new Alarm(clock, () => this.startDue());
    line.connect({
      ready: (held) => this.lookAgain(held, 0),
      expired: (held) => this.endUnstarted(held),
    });
    this.queued = new OverlapQueue(clock, (held) => this.endUnstarted(held));
    locks.onLost(() => this.abandon());
  }

  connect(backlog: Backlog): void {
    this.backlog = backlog;
  }

  /** How many attempts are under way. */
  get running(): number {
    return this.book.active.size;
  }

  /** Whether the run is armed, under way or queued here. */
  holds(runId: string): boolean {
    return this.armed.has(runId) || this.book.active.has(runId) || this.isWaiting(runId);
  }

  private isWaiting(runId: string): boolean {
    return this.queued.has(runId) || this.line.has(runId) || this.equipping.has(runId);
  }

  /** Starts runs that are held and have a place, each at its `dueAt`. */
  orchestrateTaskExecution(held: readonly HeldRun[]): void {
    for (const item of held) this.arm(item);
    this.startDue();
  }

  private arm(held: HeldRun): void {
    const { id, dueAt } = held.run;
    // Claimed anew after a change of its task, a run may be armed or under way here already, and has its place.
    if (this.armed.has(id) || this.book.active.has(id)) this.release();
    if (this.book.active.has(id)) return;
    this.armed.set(id, dueAt, held);
    this.lookout.watch(held);
  }

  /** Takes places for as many of `wanted` runs as there are; what is not granted has to wait. */
  acquireExecutionResources(wanted: number): number {
    const granted = Math.max(0, Math.min(wanted, this.slots.free));
    this.slots.take(granted);
    return granted;
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
    this.startDue(instant);
    const revoked = this.armed.values().filter(({ run }) => run.taskId === taskId && run.generation < generation);
    for (const { run } of revoked) this.disarm(run.id);
    return revoked.map(({ run }) => run);
  }

  /** Goes on with an attempt that waits for its call-back and was begun by another instance. */
  adoptWaiting({ run, task }: HeldRun): void {
    const begun = Math.max(run.startedAt ?? 0, run.dueAt, run.attempts.at(-1)?.finishedAt ?? 0);
    const assignment = this.assign(run, task, this.logs.reopen(run, run.attempt), begun);
    const remaining = begun + task.definition.timeoutMs - this.clock.now();
    if (task.definition.resources) void this.claimUnits({ run, task });
    void this.attend(assignment, this.runner.awaitCallback(assignment, Math.max(0, remaining)));
  }

  /** Takes the units of an attempt that another instance began, as soon as they are no longer that one's. */
  private async claimUnits(held: HeldRun): Promise<void> {
    const isUnderWay = () => this.book.active.get(held.run.id)?.run === held.run;
    do {
      if (await this.pools.take(held.run, unitsOf(held)).catch(() => false)) {
        if (!isUnderWay()) this.pools.give(held.run.id);
        return;
      }
      await this.clock.sleep(DOUBT_MS);
    } while (isUnderWay());
  }

  /** The runs under way here whose end another instance may be told. */
  awaitingCallback(): Pick<Run, 'id' | 'taskId' | 'owner' | 'attempt'>[] {
    const waiting = [...this.book.active.values()].filter(({ task }) => hasCallback(task));
    return waiting.map(({ run: { id, taskId, owner, attempt } }) => ({ id, taskId, owner, attempt }));
  }

  /** Ends an attempt whose result another instance has written. */
  letGo(runId: string, attempt: number): void {
    const assignment = this.book.active.get(runId);
    if (assignment?.run.attempt !== attempt) return;
    assignment.controller.abort(new AttemptAbort('ended-elsewhere', 'Another instance was told how it ended.'));
  }

  /** Cancels a run that this instance holds; resolves to false when it holds none of that id. */
  async cancel(runId: string, reason: string): Promise<boolean> {
    const assignment = this.book.active.get(runId);
    if (assignment) {
      assignment.controller.abort(new AttemptAbort('cancel', reason));
      await assignment.ended.promise;
      return true;
    }
    const held = this.takeWaiting(runId) ?? (await this.backlog.takeBack(runId));
    if (!held) return false;
    await this.close(held, 'cancel', reason);
    return true;
  }

  /** Ends an attempt that waits for its call-back; tells whether it is waiting here. */
  completeCallback(runId: string, attempt: number, end: AttemptEnd): boolean {
    const assignment = this.book.active.get(runId);
    if (assignment?.run.attempt !== attempt) return false;
    assignment.callback.resolve(end);
    return true;
  }

  /** Resolves when the attempt of that run, if one is under way here, has ended and is written. */
  async ended(runId: string): Promise<void> {
    await this.book.active.get(runId)?.ended.promise;
  }

  /** Ends a held run that does not get an attempt, and says why. */
  async close({ run, task }: HeldRun, incident: RunIncident, reason: string): Promise<void> {
    await this.settle({ run, task }, this.outcome.closed(run, incident, reason, this.clock.now()));
  }

  /** Lets what is under way finish until `graceMs` have passed, gives back the rest, and resolves when all is written. */
  async stop(graceMs: number): Promise<void> {
    this.alarm.off();
    this.lookout.clear();
    const armed = this.armed.values();
    this.stopping = true;
    const queued = [...this.queued.all(), ...this.line.all()];
    this.armed.clear();
    this.queued.clear();
    this.line.clear();
    const deadline = this.clock.after(graceMs, () => this.abortAll('shutdown', 'The instance is shutting down.'));
    await Promise.all([...armed, ...queued].map(({ run }) => this.giveBack(run)));
    await Promise.all([...this.equipping.values()].map(({ done }) => done));
    while (this.book.active.size > 0) await this.idle.promise;
    await this.pools.settled();
    deadline.cancel();
  }

  /** Hands a held run to whoever wants it next; where that cannot be written, recovery does. */
  async giveBack(run: Run): Promise<void> {
    const expected = { owner: run.owner, attempt: run.attempt };
    const progress = this.outcome.givenBack(run, this.clock.now());
    try {
      await this.writer.update({ id: run.id, expected, progress });
    } catch (error) {
      this.report(run, error);
    }
  }

  private startDue(instant = this.clock.now()): void {
    for (const held of this.armed.popDue(instant)) this.startUnlessOverlapping(held);
    this.alarm.set(this.armed.nextDueAt());
  }

  private startUnlessOverlapping(held: HeldRun): void {
    // Held by a former self, the run may have been taken over by now.
    if (!this.locks.isHeld() || held.run.owner !== this.locks.owner) return this.release();
    if (this.obstacleOf(held)) {
      this.release();
      return this.endUnstarted(held);
    }
    const others = this.overlap.blocking(held, () => this.book.begunOf(held.run.taskId, held.run.id));
    if (others === null) return this.startEquipped(held);
    void this.resolveOverlap(held, others);
  }

  /** What has come between the run and its attempt for good. */
  private obstacleOf(held: HeldRun): { incident: RunIncident; reason: string } | null {
    const paused = isStoppedByPause(held) ? { incident: 'skip' as const, reason: 'the task is paused' } : null;
    return expiryOf(held.run, held.task, this.clock.now()) ?? paused;
  }

  /** Records why the run, which has no place, does not get an attempt. */
  private endUnstarted(held: HeldRun): void {
    const obstacle = this.obstacleOf(held);
    if (!obstacle) return;
    const { incident, reason } = obstacle;
    void this.close(held, incident, reason).catch((error: unknown) => this.report(held.run, error));
  }

  private async resolveOverlap(held: HeldRun, here: Run[]): Promise<void> {
    try {
      if (here.length > 0) return await this.yieldTo(here, held, () => this.queued.push(held));
      const elsewhere = await this.overlap.elsewhere(held).catch(() => null);
      if (elsewhere?.inTheWay.length) {
        return await this.yieldTo(elsewhere.inTheWay, held, () => this.lookAgain(held, LOOK_AGAIN_MS));
      }
      if (elsewhere && !elsewhere.doubtful && this.locks.isHeld()) return this.startEquipped(held);
      this.release();
      this.lookAgain(held, elsewhere ? DOUBT_MS : LOOK_AGAIN_MS);
    } catch (error) {
      this.report(held.run, error);
    }
  }

  private lookAgain({ run }: HeldRun, delayMs: number): void {
    // Held by a former self, the run is for others to take over.
    if (this.locks.isHeld() && run.owner === this.locks.owner) this.backlog.again(run, this.clock.now() + delayMs);
  }

  /** Leaves its place to other runs of its task, and does what the task's overlap policy says. */
  private async yieldTo(others: Run[], held: HeldRun, wait: () => void): Promise<void> {
    this.release();
    const { overlap } = held.task.definition;
    if (overlap === 'skip') {
      return this.close(held, 'skip', `overlap: run ${others[0]!.id} of the task has not finished`);
    }
    wait();
    if (overlap === 'replace') await this.replace(others, held.run);
  }

  /** The run has left its task; when that is free now, the next one that waited for it may try again. */
  private leave(run: Run): void {
    this.book.leave(run);
    if (!this.queued.hasTask(run.taskId) || this.book.begunOf(run.taskId, run.id).length > 0) return;
    const next = this.queued.shift(run.taskId);
    if (next) this.backlog.again(next.run, this.clock.now());
  }

  private async replace(others: Run[], by: Run): Promise<void> {
    for (const { id, organization } of others) {
      if (!(await this.cancel(id, `replaced by run ${by.id}`))) await this.overlap.cancelElsewhere(organization, id);
    }
  }

  private startEquipped(held: HeldRun): void {
    if (Object.keys(unitsOf(held)).length === 0) return this.start(held);
    const equipping = this.equip(held).finally(() => this.equipping.delete(held.run.id));
    this.equipping.set(held.run.id, { held, done: equipping });
  }

  /** Starts the run, which has a place, with the units that it needs, or lets it wait for them without a place. */
  private async equip(held: HeldRun): Promise<void> {
    const { run } = held;
    const isBehind = this.line.isBehind(held);
    const equipped = !isBehind && (await this.pools.take(run, unitsOf(held)).catch(() => false));
    const isOurs = this.locks.isHeld() && run.owner === this.locks.owner && !this.cancelledMeanwhile.delete(run.id);
    if (equipped && isOurs && !this.stopping) {
      this.line.arrived(run.id);
      if (this.overlap.blocking(held, () => this.book.begunOf(run.taskId, run.id)) === null) {
        run.reason = isWaitReason(run.reason) ? null : run.reason;
        return this.start(held);
      }
    }
    if (equipped) this.pools.give(run.id);
    this.release();
    if (!isOurs) return this.line.arrived(run.id);
    if (this.stopping) return this.giveBack(run);
    // A run of its task has begun meanwhile, and the task's overlap policy decides.
    if (equipped) return this.lookAgain(held, 0);
    await this.waitForUnits(held);
  }

  private async waitForUnits(held: HeldRun): Promise<void> {
    this.line.push(held);
    try {
      const reason = await this.pools.shortageOf(held.run, unitsOf(held));
      if (reason === held.run.reason) return;
      held.run.reason = reason;
      const { id, owner, attempt } = held.run;
      const accepted = await this.writer.update({ id, expected: { owner, attempt }, progress: progressOf(held.run) });
      if (!accepted) this.line.take(id);
    } catch (error) {
      this.logger.warn(`Why run ${held.run.id} waits could not be written: ${(error as Error).message}`);
    }
  }

  private start({ run, task }: HeldRun): void {
    const now = this.clock.now();
    const lateness = Math.max(0, now - run.dueAt);
    run.startedAt ??= now;
    run.latenessMs ??= lateness;
    run.state = 'running';
    const assignment = this.assign(run, task);
    assignment.log.add('info', `Attempt ${run.attempt} started, ${lateness} ms after its time`, {
      instance: run.owner,
      latenessMs: lateness,
    });
    this.markSoon(assignment);
    this.events.emit('run.started', { run, task, latenessMs: lateness });
    void this.attend(assignment, this.runner.execute(assignment));
  }

  private assign(
    run: Run,
    task: Task,
    log = this.logs.open(run, run.attempt),
    startedAt = this.clock.now(),
  ): Assignment {
    const assignment: Assignment = {
      run,
      task,
      controller: new AbortController(),
      log,
      callback: promiseWithResolvers<AttemptEnd>(),
      ended: promiseWithResolvers<void>(),
      startedAt,
    };
    this.book.active.set(run.id, assignment);
    this.book.enter(run);
    return assignment;
  }

  private async attend(assignment: Assignment, attempt: Promise<AttemptEnd>): Promise<void> {
    const end = await attempt;
    this.unmarked.delete(assignment);
    try {
      if (isEndedElsewhere(end)) this.leave(assignment.run);
      else if (end.kind !== 'aborted' || end.abort.kind !== 'lock-lost') await this.conclude(assignment, end);
    } catch (error) {
      this.report(assignment.run, error);
    } finally {
      this.dismiss(assignment);
    }
  }

  private async conclude({ run, task, log, startedAt }: Assignment, end: AttemptEnd): Promise<void> {
    const now = this.clock.now();
    const progress =
      end.kind === 'failed'
        ? this.handleExecutionFailure(run, task, end.failure, startedAt)
        : this.outcome.after(run, task, end, startedAt, now);
    describe(log, run, progress, now - startedAt);
    await log.flush();
    await this.settle({ run, task }, progress);
  }

  /** Writes the progress of a run and, if it was accepted, tells of it. */
  private async settle({ run, task }: HeldRun, progress: RunProgress): Promise<void> {
    const expected = { owner: run.owner, attempt: run.attempt };
    const accepted = await this.writer.update({ id: run.id, expected, progress });
    if (accepted) Object.assign(run, progress);
    else this.logger.warn(`Run ${run.id}: attempt ${run.attempt} is not ours any more; its result is dropped.`);
    if (!accepted || run.owner === null || isFinished(run.state)) this.leave(run);
    if (!accepted) return;
    if (isFinished(run.state)) return this.events.emit('run.finished', { run, task });
    if (run.state === 'retrying') this.events.emit('run.retrying', { run, task });
    if (run.owner !== null) this.backlog.again(run);
  }

  private dismiss(assignment: Assignment): void {
    if (this.book.active.get(assignment.run.id) === assignment) this.book.active.delete(assignment.run.id);
    this.pools.give(assignment.run.id);
    assignment.ended.resolve();
    this.release();
    if (this.book.active.size > 0) return;
    this.idle.resolve();
    this.idle = promiseWithResolvers<void>();
  }

  private markSoon(assignment: Assignment): void {
    this.unmarked.add(assignment);
    if (this.marking) return;
    this.marking = true;
    this.clock.after(MARK_RUNNING_AFTER_MS, () => {
      this.marking = false;
      for (const { run, log } of this.unmarked) {
        const expected = { owner: run.owner, attempt: run.attempt };
        this.writer
          .update({ id: run.id, expected, progress: progressOf(run) })
          .catch((error: unknown) => this.report(run, error));
        log.flushSoon();
      }
      this.unmarked.clear();
    });
  }

  /** Forgets everything: the lock is lost, so that other instances take it over. */
  private abandon(): void {
    this.alarm.off();
    this.lookout.clear();
    this.slots.release(this.armed.size);
    this.armed.clear();
    this.queued.clear();
    this.line.clear();
    this.unmarked.clear();
    this.abortAll('lock-lost', 'The instance lost its lock.');
    this.book.clear();
  }

  private abortAll(kind: AttemptAbort['kind'], message: string): void {
    for (const { controller } of this.book.active.values()) controller.abort(new AttemptAbort(kind, message));
  }

  /** Takes out a run that is armed or queued. */
  private takeWaiting(runId: string): HeldRun | undefined {
    const armed = this.armed.get(runId);
    if (armed) {
      this.disarm(runId);
      return armed;
    }
    const equipping = this.equipping.get(runId);
    if (equipping) this.cancelledMeanwhile.add(runId);
    return equipping?.held ?? this.queued.take(runId) ?? this.line.take(runId);
  }

  private disarm(runId: string): void {
    this.armed.delete(runId);
    this.lookout.forget(runId);
    this.alarm.set(this.armed.nextDueAt());
    this.release();
  }

  private release(): void {
    this.slots.release();
    this.backlog.slotFreed();
  }

  private report(run: Run, error: unknown): void {
    this.logger.error(
      `Run ${run.id} could not be brought to its end, and is left to recovery: ${(error as Error).message}`,
    );
  }
}

/** Whether a pause has come between the run and its first attempt; what somebody asked for by hand runs all the same. */
const isStoppedByPause = ({ run, task }: HeldRun): boolean =>
  task.state === 'paused' && (run.trigger === 'schedule' || run.trigger === 'event') && !hasBegun(run);

/** Whether an attempt of the task may go on after its action until a call-back ends it. */
export const hasCallback = ({ definition: { action } }: Task): boolean =>
  action.type === 'http' && action.waitForCallback === true;

const isEndedElsewhere = (end: AttemptEnd): boolean => end.kind === 'aborted' && end.abort.kind === 'ended-elsewhere';

function describe(log: Assignment['log'], run: Run, progress: RunProgress, tookMs: number): void {
  const last = progress.attempts.at(-1)!;
  const level = last.outcome === 'succeeded' ? 'info' : 'error';
  const error = last.error ? `: ${last.error.message}` : '';
  log.add(level, `Attempt ${run.attempt} ${last.outcome.replace('_', ' ')} after ${tookMs} ms${error}`);
  if (progress.state === 'retrying') {
    log.add('warn', `Attempt ${progress.attempt} follows in ${progress.dueAt - last.finishedAt} ms`, {
      dueAt: progress.dueAt,
    });
  } else if (isFinished(progress.state) && progress.state !== last.outcome) {
    log.add('info', `The run is ${progress.state.replace('_', ' ')}`);
  }
}
