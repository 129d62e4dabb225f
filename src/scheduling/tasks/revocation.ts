import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { UNFINISHED_STATES, type Run, type RunState } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { BegunRuns, claimedBefore, MOST_AHEAD_MS } from '../dispatch/begun-runs.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { FormerClaims } from '../dispatch/former-claims.js';
import { ExecutionOrchestrator } from '../execution/execution-orchestrator.js';
import { HeldRuns } from '../holding/held-runs.js';
import { ToldRuns } from '../holding/told-runs.js';
import { ArmedElsewhere } from '../overlap/armed-elsewhere.js';
import { DELETED } from '../planning/obstacle.js';
import { ProgressPlanner } from '../planning/progress-planner.js';
import { changeOf, RunStore } from '../ports/run.store.js';
import { RunTakeover } from '../recovery/run-takeover.js';

/** How often to check whether another instance has let go of what it armed (ms). */
const LOOK_EVERY_MS = 20;
/** How many unfinished runs of a deleted task are read at a time. */
const PAGE = 200;

/**
 * Ensures that nothing of a task's old definition starts after a change was acknowledged. This instance takes back at
 * once what it armed. It waits for what another instance armed, which becomes due within that instance's arming window.
 */
@Injectable()
export class Revocation {
  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly told: ToldRuns,
    private readonly begun: BegunRuns,
    private readonly former: FormerClaims,
    private readonly armedElsewhere: ArmedElsewhere,
    private readonly dispatcher: Dispatcher,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly held: HeldRuns,
    private readonly takeover: RunTakeover,
    private readonly planner: ProgressPlanner,
    private readonly events: LifecycleEvents,
  ) {}

  /** Begins to mind a new task. */
  follow(task: Task): void {
    this.dispatcher.track(task);
  }

  /** Claims nothing of the task here while it is about to be changed, until it is revoked or let go. */
  hold(taskId: string): Promise<void> {
    return this.dispatcher.withhold(taskId);
  }

  /** Ends `hold` for a task that stays as it is; the next search for overdue tasks finds it. */
  letGo(taskId: string): void {
    this.dispatcher.release(taskId);
  }

  /**
   * Voids what was claimed of the task for instants after `now` (epoch ms), then minds the task as it is after the
   * change. Resolves to the task, in which runs that could not be taken back are counted; the ledger of a pause begins
   * after them.
   */
  async revoke(task: Task, now: number): Promise<Task> {
    const hasWaited = await this.takeBack(task, task.generation, now);
    this.dispatcher.track(task);
    // What was armed until the change was stored may have ended or begun by then.
    if (!hasWaited && task.claimedUntil !== now) return task;
    const counted = await this.countBegun(task, now);
    if (counted !== task) this.dispatcher.track(counted);
    return counted;
  }

  /**
   * Waits until nothing can start that was claimed of a paused task before its pause, should that not be revoked yet.
   * Resolves to the task as it was read then.
   */
  async settled(read: () => Promise<Task>): Promise<Task> {
    for (;;) {
      const task = await read();
      if (task.state !== 'paused') return task;
      const revoked = this.orchestrator.revokeOutdated([task]);
      if (revoked.length > 0) await this.runs.withdraw(revoked);
      if (await this.former.settle(task)) return task;
      await this.clock.sleep(LOOK_EVERY_MS);
    }
  }

  /** Like `revoke`, for a task that was deleted. */
  async revokeDeleted(task: Task, now: number): Promise<void> {
    await this.takeBack(task, task.generation + 1, now, (runs) => this.cancel(task, runs));
    // Any instance can end them, as nothing of them runs any more.
    await this.runs.setNeed(task.id, {});
    // In the order in which a run goes through them, so that none is passed over.
    for (const state of UNFINISHED_STATES) await this.endAll(task, state);
  }

  /** Ends the task's runs in this state, however many, a page at a time. */
  private async endAll({ organization, id: taskId }: Task, state: RunState): Promise<void> {
    let after: string | undefined;
    do {
      const { items, next } = await this.runs.list(organization, { taskId, state }, { limit: PAGE, after });
      await Promise.all(items.map((run) => this.end(run)));
      after = next ?? undefined;
    } while (after !== undefined);
  }

  private async end({ organization, id }: Run): Promise<void> {
    if (!(await this.orchestrator.cancel(id, DELETED))) await this.runs.requestCancel(organization, id);
  }

  /** Counts the runs that began, or ended, under the former definition before they could be taken back. */
  private async countBegun(changed: Task, now: number): Promise<Task> {
    const range = { from: now - (changed.definition.spreadMs ?? 0), before: this.clock.now() + MOST_AHEAD_MS };
    const claimed = await claimedBefore(this.runs, changed, range);
    const decided = claimed.filter((run) => run.dueAt > now && this.held.hasBegun(run));
    return (await this.begun.count(changed, decided)) ?? changed;
  }

  /** Ends armed runs of a deleted task, so that each has an outcome. */
  private async cancel(task: Task, runs: readonly Run[]): Promise<void> {
    const cancelled = runs.map((run) => {
      const progress = this.planner.closed(run, 'cancel', DELETED, this.clock.now());
      return { run, task, progress, change: changeOf(run, progress) };
    });
    const accepted = await this.told.update(cancelled);
    for (const { run, progress } of cancelled)
      if (accepted.has(run.id)) this.events.emit('run.finished', { run: { ...run, ...progress }, task });
  }

  /**
   * Takes back what was claimed under generations before `generation`; resolves to whether it had to wait for others.
   */
  private async takeBack(
    task: Task,
    generation: number,
    now: number,
    dispose: (runs: readonly Run[]) => Promise<unknown> = (runs) => this.runs.withdraw(runs),
  ): Promise<boolean> {
    const changedAt = this.clock.now();
    await this.dispatcher.forget(task.id);
    // A run that was given back may be on its way here with the old definition; after this it is armed.
    await this.takeover.decided(task.id);
    const revoked = this.orchestrator.revoke(task.id, generation, now);
    if (revoked.length > 0) await dispose(revoked);
    await this.orchestrator.decided(task.id);
    let hasWaited = false;
    while (await this.armedElsewhere.has(task.id, generation, changedAt)) {
      hasWaited = true;
      await this.clock.sleep(LOOK_EVERY_MS);
    }
    return hasWaited;
  }
}
