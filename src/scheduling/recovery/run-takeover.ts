import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { Slots } from '../../cluster/slots.js';
import { groupsBy } from '../../domain/groups.js';
import { noteTask, sizeOfHeld } from '../../domain/held-size.js';
import { storedNeedOf } from '../../domain/need.js';
import { isFinished, type Run, type RunProgress } from '../../domain/run.js';
import type { Task } from '../../domain/task.js';
import { LifecycleEvents } from '../../lifecycle/lifecycle-events.js';
import { LockManager } from '../../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../../settings/settings.js';
import { BegunRuns } from '../dispatch/begun-runs.js';
import { SlotQueue } from '../dispatch/slot-queue.js';
import { UnsupportedTasks } from '../dispatch/unsupported-tasks.js';
import { ExecutionOrchestrator } from '../execution/execution-orchestrator.js';
import { ActiveRuns } from '../holding/active-runs.js';
import { EngineState } from '../holding/engine-state.js';
import { HeldRuns } from '../holding/held-runs.js';
import type { Hold } from '../holding/hold.js';
import { RunPayloads } from '../holding/run-payloads.js';
import { SetAside } from '../holding/set-aside.js';
import { StartLimit } from '../holding/start-limit.js';
import { isTakenAway } from '../holding/taken-away.js';
import { ToldRuns } from '../holding/told-runs.js';
import { OverlapRule } from '../overlap/overlap-rule.js';
import type { HeldRun } from '../planning/held-run.js';
import { coalesced } from '../planning/late-run.js';
import { DELETED, hasCallback } from '../planning/obstacle.js';
import { hasBegun } from '../planning/precedence.js';
import { ProgressPlanner } from '../planning/progress-planner.js';
import { isOutdated } from '../planning/task-changes.js';
import { changeOf, RunStore } from '../ports/run.store.js';
import { fitting } from '../ports/task-pages.js';
import { TaskStore } from '../ports/task.store.js';

/** The most runs that are taken over at once. */
const MOST = 1000;
/** How many runs are read together with their tasks: first a few, and more when it is known how large those were. */
const FEW = 32;
const MORE = 128;

/** A run to take over, its task if it still exists, and the new progress of the run. */
interface Plan {
  run: Run;
  task: Task | undefined;
  progress: RunProgress;
}

/** Makes runs that nobody works on this instance's own, each with a slot in which it can start. */
@Injectable()
export class RunTakeover {
  /** The runs being taken over, with a promise that resolves when this is done. */
  private readonly taking = new Map<readonly Hold[], Promise<void>>();

  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly runs: RunStore,
    private readonly told: ToldRuns,
    private readonly begun: BegunRuns,
    private readonly locks: LockManager,
    private readonly line: SlotQueue,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly held: HeldRuns,
    private readonly slots: Slots,
    private readonly planner: ProgressPlanner,
    private readonly overlap: OverlapRule,
    private readonly activeRuns: ActiveRuns,
    private readonly limit: StartLimit,
    private readonly engine: EngineState,
    private readonly events: LifecycleEvents,
    private readonly aside: SetAside,
    private readonly unsupported: UnsupportedTasks,
    private readonly payloads: RunPayloads,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'armingMs'>,
  ) {}

  /** How many more runs could start here, beyond what already waits. */
  get room(): number {
    const { unused, keptFree } = this.slots;
    // What waits here may be waiting for a run of the dead, so there is room for one of those whenever there is a slot.
    return Math.min(MOST, Math.max(unused - this.line.startable, Math.min(unused, Math.max(1, keptFree)), 0));
  }

  /** Resolves once no run of the task is being taken over from an earlier reading of it. */
  async decided(taskId: string): Promise<void> {
    const isOfTask = (holds: readonly Hold[]) => holds.some(({ run }) => run.taskId === taskId);
    await Promise.all([...this.taking].flatMap(([holds, done]) => (isOfTask(holds) ? [done] : [])));
  }

  /**
   * Takes over as many of these runs as there are slots. For those that are left some are kept free, or what is due here
   * would take each before the next look. @throws StoreUnavailableError
   */
  async take(found: readonly Run[]): Promise<void> {
    // The sizes of the tasks are known once they are read. Runs that do not fit into memory are left to a later look.
    for (let from = 0, size = FEW; from < found.length && this.room > 0; size = MORE) {
      const next = found.slice(from, from + size);
      const count = fitting(next.map(sizeOfHeld));
      await this.takePart(next.slice(0, count));
      from += count;
    }
    this.slots.keepFree(found.filter((run) => this.wantsSlot(run)).length);
  }

  private wantsSlot(run: Run): boolean {
    return !this.held.holds(run) && this.slots.wouldAdmit(run.organization, this.slots.places.laneOfRun(run));
  }

  private async takePart(found: readonly Run[]): Promise<void> {
    // A run that is already held here, but belongs to nobody, is taken over when its turn comes.
    const holds = this.withSlots(found, this.room);
    const done = this.takeOver(holds);
    // The caller handles a failure.
    const isOver = done.catch(() => undefined);
    this.taking.set(holds, isOver);
    await done.finally(() => this.taking.delete(holds));
  }

  private async takeOver(holds: readonly Hold[]): Promise<void> {
    try {
      this.goOn(await this.claim(holds.map(({ run }) => run)), new Map(holds.map((hold) => [hold.run.id, hold])));
    } finally {
      this.held.endClaims(holds);
    }
  }

  /** Up to `most` of the runs that are not held here, each of which now has a slot. */
  private withSlots(runs: readonly Run[], most: number): Hold[] {
    const taken: Hold[] = [];
    this.slots.keepFree(0);
    for (const run of runs) {
      if (taken.length >= most) break;
      const hold = this.held.holds(run) ? null : this.orchestrator.acquireExecutionResources(run);
      if (hold) taken.push(hold);
    }
    return taken;
  }

  /** The plans that were written: when several instances take over a run, only one succeeds. */
  private async claim(runs: readonly Run[]): Promise<Plan[]> {
    if (runs.length === 0) return [];
    const found = await this.tasks.byIds([...new Set(runs.map(({ taskId }) => taskId))]);
    const tasks = new Map(found.map((task) => [task.id, task]));
    const limits = await this.limit.ofOwners(runs);
    const ours = await this.supported(runs, tasks);
    const inForce = await this.withoutSuperseded(ours, tasks, limits);
    // The lock may have been lost since they were found: nothing is written in the name of one that is yet to be taken.
    if (!this.locks.isHeld()) return [];
    const plans = this.plans(inForce, tasks, limits);
    // What is due starts as soon as both writes are done.
    void this.limit.reach(this.clock.now());
    try {
      const accepted = await this.told.update(
        plans.map(({ run, task, progress }) => ({ change: changeOf(run, progress), run, task })),
      );
      // Copies: all that were found are kept until the last of them is taken, and what they carry must not be.
      const taken = plans.flatMap((plan) => (accepted.has(plan.run.id) ? [{ ...plan, run: { ...plan.run } }] : []));
      await this.payloads.restore(taken.flatMap(({ run, progress }) => (progress.putOff ? [] : [run])));
      this.tellTaken(taken);
      await this.overlap.lookAround(taken.flatMap(startable));
      return taken;
    } catch (error) {
      this.engine.doubt();
      throw error;
    }
  }

  /** Tells whose runs these were. */
  private tellTaken(taken: readonly Plan[]): void {
    const { owner } = this.locks;
    const held = taken.filter(({ run }) => run.owner !== null && run.owner !== owner);
    for (const [from, runs] of groupsBy(held, ({ run }) => run.owner!)) {
      const begun = runs.filter(({ run }) => run.state === 'running' || run.attempts.length > 0).length;
      this.events.emit('runs.taken-over', { from, runs: runs.length, begun });
    }
  }

  /**
   * Leaves out the runs of tasks that this instance cannot run. What such a run needs is written anew, so that it is not
   * found here again: an older program may have stored it, or its task may have changed since.
   */
  private async supported(runs: readonly Run[], tasks: ReadonlyMap<string, Task>): Promise<readonly Run[]> {
    const foreign = new Map<string, Task>();
    const ours = runs.filter(({ taskId, unreadable }) => {
      const task = tasks.get(taskId);
      if (!task || unreadable !== undefined || this.unsupported.canRun(task)) return true;
      foreign.set(taskId, task);
      return false;
    });
    for (const [id, task] of foreign) await this.runs.setNeed(id, storedNeedOf(task));
    return ours;
  }

  /**
   * Leaves out, and deletes, runs that were armed before a change of their task which decided otherwise about their
   * instant.
   */
  private async withoutSuperseded(
    runs: readonly Run[],
    tasks: ReadonlyMap<string, Task>,
    limits: StartLimits,
  ): Promise<readonly Run[]> {
    const superseded: Run[] = [];
    const claimable = new Set<Run>();
    for (const run of runs) {
      const task = tasks.get(run.taskId);
      // A run that may have started is claimed again, as a further attempt, by whoever reaches its instant.
      if (task && isOutdated(run, task) && isToCome(run, task) && run.dueAt <= this.clock.now()) claimable.add(run);
      else if (task && (await this.isSuperseded(run, task))) superseded.push(run);
    }
    if (superseded.length === 0 && claimable.size === 0) return runs;
    await this.begun.withdraw(superseded, tasks, limits);
    return runs.filter((run) => !superseded.includes(run) && !claimable.has(run));
  }

  private async isSuperseded(run: Run, task: Task): Promise<boolean> {
    return (isOutdated(run, task) && isToCome(run, task)) || (await isTakenAway(this.runs, run, task));
  }

  private plans(runs: readonly Run[], tasks: ReadonlyMap<string, Task>, limits: StartLimits): Plan[] {
    const now = this.clock.now();
    const plans = runs.map((run) => this.plan(run, tasks.get(run.taskId), now, limits));
    const left = this.leftToLater(plans, tasks, now);
    const { owner } = this.locks;
    return plans.map((plan) => {
      if (!left.has(plan.run)) return plan;
      const missed = this.planner.closed(plan.run, 'miss', 'misfire policy "fire-once"', now);
      return { ...plan, progress: { ...missed, owner } };
    });
  }

  /** The runs that give way to a later run of their task. */
  private leftToLater(plans: readonly Plan[], tasks: ReadonlyMap<string, Task>, now: number): Set<Run> {
    const fresh = plans.filter(({ progress }) => progress.state === 'pending' && progress.attempts.length === 0);
    const runs = fresh.map(({ run }) => run);
    const byTask = [...groupsBy(runs, ({ taskId }) => taskId)];
    return new Set(byTask.flatMap(([taskId, ofTask]) => coalesced(ofTask, tasks.get(taskId)!, now)));
  }

  private plan(run: Run, task: Task | undefined, now: number, limits: StartLimits): Plan {
    if (run.unreadable !== undefined) {
      this.aside.unreadable(run);
      return { run, task, progress: this.planner.unreadable(run, now) };
    }
    if (!task) return { run, task, progress: this.planner.closed(run, 'cancel', DELETED, now) };
    const { owner } = this.locks;
    if (waitsForCallback(run, task)) return { run, task, progress: this.planner.keptWaiting(run, owner) };
    const progress = this.planner.takenOver(run, task, owner, now, limitOf(run, limits));
    // A run that has to wait until it is due is resumed before it begins.
    return { run, task, progress: { ...progress, putOff: progress.dueAt > now + this.settings.armingMs } };
  }

  /** Goes on with the runs that are ours now. */
  private goOn(plans: readonly Plan[], holds: ReadonlyMap<string, Hold>): void {
    const soon: Hold[] = [];
    for (const { run: found, task, progress } of plans) {
      const run = { ...found, ...progress };
      if (isFinished(run.state)) {
        this.tellEnd(run, task);
        continue;
      }
      const hold = holds.get(run.id)!;
      // The run may have been claimed again meanwhile, together with its task.
      if (!this.held.isIn('claiming', hold)) continue;
      hold.know({ run, task: task! });
      noteTask(run, task!);
      if (waitsForCallback(found, task!)) {
        this.orchestrator.adoptWaiting(hold);
        continue;
      }
      // A begun run counts as under way from now on, whenever its next attempt is.
      if (hasBegun(run)) this.activeRuns.enter(run);
      if (found.owner === null) this.overlap.cameBack(run);
      // What it carries may be found unreadable only now; then it comes again to be ended.
      if (run.putOff || run.unreadable !== undefined) this.held.putBack(hold);
      else soon.push(hold);
    }
    this.orchestrator.orchestrateTaskExecution(soon);
  }

  private tellEnd(run: Run, task: Task | undefined): void {
    if (task) this.events.emit('run.finished', { run, task });
  }
}

type StartLimits = ReadonlyMap<string, number>;

const limitOf = ({ owner }: Run, limits: StartLimits): number | undefined => limits.get(owner ?? '');

/** Whether the task, as it is now, has yet to reach the run's instant. */
const isToCome = (run: Run, task: Task): boolean => task.next !== null && task.next.scheduledFor <= run.scheduledFor;

const waitsForCallback = (run: Run, task: Task): boolean => run.state === 'running' && hasCallback(task);

const startable = ({ run, task, progress }: Plan): HeldRun[] =>
  task && !isFinished(progress.state) ? [{ run: { ...run, ...progress }, task }] : [];
