import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Task } from '../domain/task.js';
import { ArmedElsewhere } from './armed-elsewhere.js';
import { BegunRuns } from './begun-runs.js';
import { Dispatcher } from './dispatcher.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import { hasBegun } from './overlap-rule.js';
import { RunTakeover } from './run-takeover.js';
import { RunStore } from './run.store.js';

/** How often to look whether another instance has let go of what it armed. */
const LOOK_EVERY_MS = 20;
/** By more than this no instance's clock is ahead (ms). */
const AHEAD_MS = 60_000;
/** More than a task has armed within an arming window. */
const MOST_ARMED = 100;

/**
 * Sees to it that nothing of a task's old definition starts after a change was answered. What this instance armed it
 * takes back at once; what another one armed is waited for: it becomes due within that instance's arming window.
 */
@Injectable()
export class Revocation {
  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly begun: BegunRuns,
    private readonly armedElsewhere: ArmedElsewhere,
    private readonly dispatcher: Dispatcher,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly takeover: RunTakeover,
  ) {}

  /** Begins to mind a new task. */
  follow(task: Task): void {
    this.dispatcher.track(task);
  }

  /** Claims nothing of the task here while it is about to be changed, until it is revoked or let go. */
  hold(taskId: string): Promise<void> {
    return this.dispatcher.withhold(taskId);
  }

  /** Ends what `hold` began of a task that stays as it is; it comes with the next look for what is overdue. */
  letGo(taskId: string): void {
    this.dispatcher.release(taskId);
  }

  /**
   * Voids what was claimed of the task for instants after `now` (epoch ms), then minds the task as it is after the change;
   * resolves to the task with what could not be taken back counted.
   */
  async revoke(task: Task, now: number): Promise<Task> {
    const hasWaited = await this.takeBack(task, task.generation, now);
    this.dispatcher.track(task);
    if (!hasWaited) return task;
    const counted = await this.countBegun(task, now);
    if (counted !== task) this.dispatcher.track(counted);
    return counted;
  }

  /** As `revoke`, for a task that is gone. */
  async revokeDeleted(task: Task, now: number): Promise<void> {
    await this.takeBack(task, task.generation + 1, now);
    for (const run of await this.runs.unfinishedOf([task.id])) {
      if (!(await this.orchestrator.cancel(run.id, 'the task was deleted'))) {
        await this.runs.requestCancel(task.organization, run.id);
      }
    }
  }

  /** Counts the runs that began elsewhere by the definition before, while it was waited for them. */
  private async countBegun(changed: Task, now: number): Promise<Task> {
    const { organization, id, generation, definition } = changed;
    const range = { from: now - (definition.spreadMs ?? 0), before: this.clock.now() + AHEAD_MS, limit: MOST_ARMED };
    const runs = await this.runs.ofTask(organization, id, range);
    const ofBefore = runs.filter((run) => run.trigger === 'schedule' && run.generation < generation && run.dueAt > now);
    return (await this.begun.count(changed, ofBefore.filter(hasBegun))) ?? changed;
  }

  /** Takes back what was claimed under generations before `generation`; tells whether others had to be waited for. */
  private async takeBack(task: Task, generation: number, now: number): Promise<boolean> {
    const changedAt = this.clock.now();
    await this.dispatcher.forget(task.id);
    // What was given back may be on its way to here by the old definition; then it is armed.
    await this.takeover.decided(task.id);
    const revoked = this.orchestrator.revoke(task.id, generation, now);
    if (revoked.length > 0) await this.runs.withdraw(revoked);
    await this.orchestrator.decided(task.id);
    let hasWaited = false;
    while (await this.armedElsewhere.has(task.id, generation, changedAt)) {
      hasWaited = true;
      await this.clock.sleep(LOOK_EVERY_MS);
    }
    return hasWaited;
  }
}
