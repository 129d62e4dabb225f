import { Injectable } from '@nestjs/common';
import { eachAlone } from '../../batching/each-alone.js';
import { isolated } from '../../batching/isolated.js';
import { Clock } from '../../clock/clock.js';
import type { Run, RunProgress } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { LockManager } from '../../locking/lock-manager.js';
import { HeldRuns } from '../holding/held-runs.js';
import { RunPayloads } from '../holding/run-payloads.js';
import { SetAsideRuns } from '../holding/set-aside-runs.js';
import { SetAside } from '../holding/set-aside.js';
import { StartLimit } from '../holding/start-limit.js';
import { isTakenAway } from '../holding/taken-away.js';
import { WaitingMarks } from '../holding/waiting-marks.js';
import { ToldRuns } from '../holding/told-runs.js';
import { OverlapRule } from '../overlap/overlap-rule.js';
import { DELETED } from '../planning/obstacle.js';
import type { HeldRun } from '../planning/held-run.js';
import { ProgressPlanner } from '../planning/progress-planner.js';
import { progressOf } from '../planning/run-progress.js';
import { changeOf, RunStore, type RunChange } from '../ports/run.store.js';
import { TaskStore } from '../ports/task.store.js';

type Planned = HeldRun & { change: RunChange };

/** Checks runs that waited for their turn once more before they go on. */
@Injectable()
export class Resumption {
  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly told: ToldRuns,
    private readonly tasks: TaskStore,
    private readonly locks: LockManager,
    private readonly overlap: OverlapRule,
    private readonly limit: StartLimit,
    private readonly marks: WaitingMarks,
    private readonly planner: ProgressPlanner,
    private readonly aside: SetAside,
    private readonly held: HeldRuns,
    private readonly asideRuns: SetAsideRuns,
    private readonly events: LifecycleEvents,
    private readonly payloads: RunPayloads,
  ) {}

  /**
   * Confirms that late runs which this instance or nobody holds are this instance's. They start under the current
   * definition; runs whose instant a change has taken away do not start at all.
   */
  async resume(runs: readonly Run[]): Promise<HeldRun[]> {
    if (runs.length === 0) return [];
    const lookedAt = this.clock.monotonic();
    if (runs.some(({ payloadInStore }) => payloadInStore !== undefined)) await this.payloads.restore(runs);
    const tasks = new Map(
      (await this.tasks.byIds([...new Set(runs.map(({ taskId }) => taskId))])).map((task) => [task.id, task]),
    );
    const held: HeldRun[] = [];
    const voided: Run[] = [];
    const sort = async (run: Run) => {
      const task = tasks.get(run.taskId);
      if (run.unreadable !== undefined) await this.endUnreadable(run, task);
      else if (!task) await this.cancelOrphan(run);
      else if (await isTakenAway(this.runs, run, task)) voided.push(run);
      else held.push({ run, task, lookedAt });
    };
    await eachAlone(runs, sort, ({ id }, error) => this.asideRuns.putOff(this.held.get(id), error));
    await this.withdraw(voided);
    const ours = await this.stillOurs(held);
    await this.overlap.lookAround(ours);
    return ours;
  }

  /** Takes the runs that nobody holds, and drops those that another instance took over: late starts ask the store. */
  private async stillOurs(held: HeldRun[]): Promise<HeldRun[]> {
    // Announces, at the same time, what starts right after this.
    void this.limit.reach(this.clock.now());
    await Promise.all(held.map(({ run }) => this.marks.resume(run)));
    const planned = held.flatMap((each) => this.planOf(each) ?? []);
    const accepted = await isolated<Planned, boolean | undefined>(
      planned,
      async (part) => {
        const written = await this.told.update(part);
        return part.map(({ run }) => written.has(run.id));
      },
      (each, error) => this.setAside(each, error),
    );
    planned.forEach(({ run, change }, index) => accepted[index] !== undefined && this.resumed(run, change.progress));
    return planned.filter((_, index) => accepted[index]);
  }

  private planOf(held: HeldRun): Planned | undefined {
    const { run, task } = held;
    try {
      const progress =
        run.owner === null ? this.planner.takenOver(run, task, this.locks.owner, this.clock.now()) : progressOf(run);
      return { change: changeOf(run, progress), ...held };
    } catch (error) {
      this.setAside(held, error);
      return undefined;
    }
  }

  /** Lets the run come again later, because it cannot go on now; the others of its batch go on. */
  private setAside({ run, task }: HeldRun, error: unknown): undefined {
    const hold = this.held.get(run.id);
    if (hold) this.asideRuns.note(hold, task, error);
  }

  private resumed(run: Run, progress: RunProgress): void {
    if (run.owner === null) this.overlap.cameBack(run);
    Object.assign(run, progress);
  }

  private async endUnreadable(run: Run, task: Task | undefined): Promise<void> {
    this.aside.unreadable(run);
    const progress = this.planner.unreadable(run, this.clock.now());
    const isAccepted = await this.told.updateOne(run, task, changeOf(run, progress));
    if (task && isAccepted) this.events.emit('run.finished', { run: { ...run, ...progress }, task });
  }

  private async cancelOrphan(run: Run): Promise<void> {
    const progress = this.planner.closed(run, 'cancel', DELETED, this.clock.now());
    await this.told.updateOne(run, undefined, changeOf(run, progress));
  }

  /** Deletes runs that are no longer armed because their task has changed. */
  async withdraw(runs: readonly Run[]): Promise<void> {
    if (runs.length > 0) await this.runs.withdraw(runs);
  }
}
