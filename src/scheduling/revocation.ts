import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Task } from '../domain/task.js';
import { ArmedElsewhere } from './armed-elsewhere.js';
import { Dispatcher } from './dispatcher.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import { RunStore } from './run.store.js';

/** How often to look whether another instance has let go of what it armed. */
const LOOK_EVERY_MS = 20;

/**
 * Sees to it that nothing of a task's old definition starts after a change was answered. What this instance armed it
 * takes back at once; what another one armed is waited for: it becomes due within that instance's arming window.
 */
@Injectable()
export class Revocation {
  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly armedElsewhere: ArmedElsewhere,
    private readonly dispatcher: Dispatcher,
    private readonly orchestrator: ExecutionOrchestrator,
  ) {}

  /** Begins to mind a new task. */
  follow(task: Task): void {
    this.dispatcher.track(task);
  }

  /** Claims nothing of the task here while it is about to be changed; one that stays as it is comes with the next look. */
  hold(taskId: string): Promise<void> {
    return this.dispatcher.forget(taskId);
  }

  /** Voids what was claimed of the task for instants after `now` (epoch ms), then minds the task as it is after the change. */
  async revoke(task: Task, now: number): Promise<void> {
    await this.takeBack(task, task.generation, now);
    this.dispatcher.track(task);
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

  /** Takes back what was claimed under generations before `generation`. */
  private async takeBack(task: Task, generation: number, now: number): Promise<void> {
    const changedAt = this.clock.now();
    await this.dispatcher.forget(task.id);
    const revoked = this.orchestrator.revoke(task.id, generation, now);
    if (revoked.length > 0) await this.runs.withdraw(revoked);
    await this.orchestrator.decided(task.id);
    while (await this.armedElsewhere.has(task.id, generation, changedAt)) await this.clock.sleep(LOOK_EVERY_MS);
  }
}
