import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { ByteBudget } from '../../domain/byte-budget.js';
import { jsonSize } from '../../domain/json-size.js';
import type { Heartbeat, Run } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { ExecutionLogManager } from '../../execution-log/execution-log-manager.js';
import { LifecycleEvents, type LifecycleEventMap } from '../../lifecycle/lifecycle-events.js';
import { Assignment } from '../holding/assignment.js';
import type { AttemptAbort, AttemptEnd } from '../planning/attempt-end.js';
import { AttemptRunner } from './attempt-runner.js';
import { AttemptTracing } from './attempt-tracing.js';
import { CallBackWait } from './call-back-wait.js';
import { HeldRuns } from '../holding/held-runs.js';
import type { Hold } from '../holding/hold.js';
import { Deferred } from '../holding/deferred.js';
import { hasCallback } from '../planning/obstacle.js';
import { ResourcePools } from '../resources/resource-pools.js';
import { ActiveRuns } from '../holding/active-runs.js';
import { RunningMarks } from '../holding/running-marks.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { Slots } from '../../cluster/slots.js';

/**
 * The attempts under way on this instance. Each begins with a slot, and releases it at its end. Beside them, up to as
 * many ends as there are slots wait to be written.
 */
@Injectable()
export class Attempts {
  private active = 0;
  private readonly unannounced: LifecycleEventMap['run.started'][] = [];
  private idle = new Deferred<void>();
  /** How many attempts have ended without their end being written. */
  private unwritten = 0;
  /** The memory of outputs that wait to be written beside the slots. */
  private readonly outputs: ByteBudget;

  constructor(
    private readonly clock: Clock,
    private readonly runner: AttemptRunner,
    private readonly activeRuns: ActiveRuns,
    private readonly marks: RunningMarks,
    private readonly pools: ResourcePools,
    private readonly held: HeldRuns,
    private readonly slots: Slots,
    private readonly logs: ExecutionLogManager,
    private readonly events: LifecycleEvents,
    private readonly callBacks: CallBackWait,
    private readonly tracing: AttemptTracing,
    @Inject(ENGINE_SETTINGS) { heldBytes }: Pick<EngineSettings, 'heldBytes'>,
  ) {
    this.outputs = new ByteBudget(heldBytes / 3);
  }

  /** Begins an attempt of a run; resolves to how it ended. */
  start(hold: Hold): Promise<AttemptEnd> {
    const { run, task } = hold;
    const now = this.clock.now();
    const lateness = Math.max(0, now - run.dueAt);
    const log = this.logs.open(run, run.attempt);
    run.startedAt ??= now;
    run.latenessMs ??= lateness;
    run.state = 'running';
    // What an earlier attempt answered says nothing about this one.
    run.output = null;
    const assignment = this.assign(hold, log, now);
    this.tracing.begin(assignment, lateness);
    assignment.log.begin(now, run.owner!, lateness);
    this.marks.markSoon(assignment);
    this.announceSoon({ run, task, latenessMs: lateness });
    return this.tracing.around(assignment, () => this.runner.execute(assignment));
  }

  /** Continues an attempt that waits for its call-back and that another instance began at `begun` (epoch ms). */
  adopt(hold: Hold, begun: number): Promise<AttemptEnd> {
    const { run, task } = hold;
    const assignment = this.assign(hold, this.logs.reopen(run, run.attempt), begun);
    this.tracing.begin(assignment, run.latenessMs ?? 0);
    const remaining = begun + task.definition.timeoutMs - this.clock.now();
    return this.tracing.around(assignment, () => this.runner.goOn(assignment, Math.max(0, remaining)));
  }

  /** Notes that the action is done or was given up, so that only the end is left to be written. */
  end(hold: Hold, assignment: Assignment, end: AttemptEnd): void {
    assignment.hasEnded = true;
    // The next run is claimed while this end is written, unless the store has fallen behind.
    if (hold.phase === 'running' && this.unwritten < this.slots.limit && this.hasRoom(assignment, end)) {
      this.held.move(hold, 'ending');
    }
    this.unwritten++;
  }

  /** Notes that the end is written or given up. */
  dismiss(hold: Hold, assignment: Assignment): void {
    this.unwritten--;
    // An attempt from before the lock was lost holds nothing any more: the units under its id may belong to a later
    // attempt.
    if (hold.assignment === assignment) {
      hold.assignment = undefined;
      this.active--;
      this.pools.give(assignment.run.id);
      // The end could not be written.
      if (hold.phase === 'running' || hold.phase === 'ending') this.held.lose(hold);
    }
    assignment.releaseOutput?.();
    assignment.ended.resolve();
    if (this.active > 0) return;
    this.idle.resolve();
    this.idle = new Deferred<void>();
  }

  /** The runs whose end another instance may receive by call-back. */
  awaitingCallback(): Pick<Run, 'id' | 'organization' | 'owner' | 'attempt'>[] {
    const waiting = this.all().filter(({ task }) => hasCallback(task));
    return waiting.map(({ run: { id, organization, owner, attempt } }) => ({ id, organization, owner, attempt }));
  }

  /** Ends an attempt that waits for its call-back; returns whether that is what ends it. */
  complete(runId: string, attempt: number, end: AttemptEnd): boolean {
    const assignment = this.of(runId);
    if (assignment?.run.attempt !== attempt || assignment.hasEnded || assignment.isCalledBack) return false;
    assignment.isCalledBack = true;
    this.tracing.calledBack(assignment);
    assignment.callback.resolve(end);
    return true;
  }

  /** The task of an attempt under way here, as it was when the attempt began. */
  taskOf(runId: string, attempt: number): Task | undefined {
    const assignment = this.of(runId);
    return assignment?.run.attempt === attempt ? assignment.task : undefined;
  }

  /** Takes a sign of life of an attempt, if it is under way here. */
  hear(runId: string, { attempt, at }: Heartbeat): void {
    const assignment = this.of(runId);
    if (assignment?.run.attempt === attempt) assignment.heardAt = Math.max(assignment.heardAt, at);
  }

  /** Leaves the attempts that wait for nothing but their call-back to whichever instance takes them over. */
  handOverWaiting(): void {
    this.callBacks.handOverAll(this.all());
  }

  /** Aborts the attempt of a run, or only number `attempt` if that is given; returns whether it was under way. */
  abort(runId: string, abort: AttemptAbort, attempt?: number): boolean {
    const assignment = this.of(runId);
    if (!assignment || (attempt !== undefined && assignment.run.attempt !== attempt)) return false;
    assignment.aborter.abort(abort);
    return true;
  }

  abortAll(abort: AttemptAbort): void {
    for (const { aborter } of this.all()) aborter.abort(abort);
  }

  /** Resolves when the attempt of that run, if one is under way, has ended and its end is written. */
  async ended(runId: string): Promise<void> {
    await this.of(runId)?.ended.promise;
  }

  /** Resolves once no attempt is under way. */
  async settled(): Promise<void> {
    while (this.active > 0) await this.idle.promise;
  }

  /** Aborts everything and forgets it at once; the actions go on until they notice. */
  abandon(abort: AttemptAbort): void {
    for (const assignment of this.all()) {
      assignment.hasEnded = true;
      assignment.aborter.abort(abort);
    }
    for (const hold of this.held.in('running', 'ending')) hold.assignment = undefined;
    this.active = 0;
    this.activeRuns.clear();
  }

  /** Whether the output of an ended attempt may wait to be written beside the slots; without room it keeps its slot. */
  private hasRoom(assignment: Assignment, end: AttemptEnd): boolean {
    const output = 'output' in end ? (end.output ?? null) : null;
    if (output === null) return true;
    const release = this.outputs.takeNow(assignment.run.organization, jsonSize(output));
    if (release) assignment.releaseOutput = release;
    return release !== null;
  }

  private of(runId: string): Assignment | undefined {
    return this.held.get(runId)?.assignment;
  }

  private all(): Assignment[] {
    return this.held.in('running', 'ending').flatMap(({ assignment }) => assignment ?? []);
  }

  /** Announces a start once everything due together has started, so that no run waits for the listeners of another. */
  private announceSoon(start: LifecycleEventMap['run.started']): void {
    if (this.unannounced.push(start) > 1) return;
    // Comes before anything that follows from the end of an attempt.
    queueMicrotask(() => {
      for (const event of this.unannounced.splice(0)) this.events.emit('run.started', event);
    });
  }

  private assign(hold: Hold, log: Assignment['log'], startedAt: number): Assignment {
    const { run, task } = hold;
    const assignment = new Assignment(run, task, log, startedAt);
    this.held.move(hold, 'running');
    hold.assignment = assignment;
    this.active++;
    this.activeRuns.enter(run);
    return assignment;
  }
}
