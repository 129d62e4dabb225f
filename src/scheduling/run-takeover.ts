import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { groupsBy } from '../domain/groups.js';
import { isFinished, type Run, type RunProgress } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { AttemptOutcome, mayHaveStarted } from './attempt-outcome.js';
import { BegunRuns } from './begun-runs.js';
import { Dispatcher } from './dispatcher.js';
import { EngineState } from './engine-state.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import type { HeldRun } from './held-run.js';
import { Later } from './later.js';
import { hasCallback } from './obstacle.js';
import { coalesced } from './late-run.js';
import { isOutdated, isVoid } from './outdated-runs.js';
import { hasBegun, OverlapRule } from './overlap-rule.js';
import { RunBook } from './run-book.js';
import { RunStore } from './run.store.js';
import { StartLimit } from './start-limit.js';
import { TaskStore } from './task.store.js';

/** The largest number taken up at once. */
const MOST = 1000;

/** A run to take over, its task if there is still one, and what becomes of the run. */
interface Plan {
  run: Run;
  task: Task | undefined;
  progress: RunProgress;
}

/** Makes runs that nobody works on this instance's own, each with a place in which it can start. */
@Injectable()
export class RunTakeover {
  /** The runs being taken over, with their tasks and what comes once that is done. */
  private readonly taking = new Map<string, { taskId: string; done: Promise<void> }>();

  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly runs: RunStore,
    private readonly begun: BegunRuns,
    private readonly locks: LockManager,
    private readonly dispatcher: Dispatcher,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly outcome: AttemptOutcome,
    private readonly overlap: OverlapRule,
    private readonly book: RunBook,
    private readonly limit: StartLimit,
    private readonly engine: EngineState,
    private readonly events: LifecycleEvents,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'armingMs'>,
  ) {}

  /** How much could be started here beyond what waits already. */
  get room(): number {
    const { free } = this.orchestrator.slots;
    // What waits here may be waiting for a run of the dead: there is room for one of those wherever there is a place.
    return Math.min(MOST, Math.max(free - this.dispatcher.startable, Math.min(free, 1), 0));
  }

  /** Whether the run is being taken over, so that it may be in the store as this instance's and not be held yet. */
  isTaking(runId: string): boolean {
    return this.taking.has(runId);
  }

  /** Resolves once no run of the task is being taken over by what was read of it before. */
  async decided(taskId: string): Promise<void> {
    await Promise.all([...this.taking.values()].flatMap((each) => (each.taskId === taskId ? [each.done] : [])));
  }

  /** Takes over as many of these runs as there are places. @throws StoreUnavailableError */
  async take(found: readonly Run[]): Promise<void> {
    // What waits here already, and is nobody's, is made ours when its turn comes.
    const free = found.filter((run) => !this.dispatcher.holds(run));
    if (free.length === 0) return;
    const taken = this.withPlaces(free, this.room);
    const done = new Later<void>();
    let used: ReadonlySet<string> = new Set();
    try {
      for (const { id, taskId } of taken) this.taking.set(id, { taskId, done: done.promise });
      used = this.goOn(await this.claim(taken));
    } finally {
      for (const { id } of taken) this.taking.delete(id);
      done.resolve();
      for (const { id, organization } of taken) if (!used.has(id)) this.orchestrator.slots.release(organization);
      this.dispatcher.slotFreed();
    }
  }

  /** Up to `most` of the runs, each of which now has a place. */
  private withPlaces(runs: readonly Run[], most: number): Run[] {
    const taken: Run[] = [];
    for (const run of runs) {
      if (taken.length >= most) break;
      if (this.orchestrator.acquireExecutionResources(run.organization)) taken.push(run);
    }
    return taken;
  }

  /** The plans that were written: of several instances that take over a run, one does. */
  private async claim(runs: readonly Run[]): Promise<Plan[]> {
    if (runs.length === 0) return [];
    const found = await this.tasks.byIds([...new Set(runs.map(({ taskId }) => taskId))]);
    const tasks = new Map(found.map((task) => [task.id, task]));
    const limits = await this.limit.of([...new Set(runs.flatMap(({ owner }) => owner ?? []))]);
    const inForce = await this.withoutSuperseded(runs, tasks, limits);
    const plans = this.plans(inForce, tasks, limits);
    // What is due starts as soon as both are written.
    void this.limit.reach(this.clock.now());
    try {
      const accepted = await this.runs.update(
        plans.map(({ run: { id, owner, attempt }, progress }) => ({ id, expected: { owner, attempt }, progress })),
      );
      const ours = plans.filter(({ run }) => accepted.has(run.id));
      await this.overlap.lookAround(ours.flatMap(startable));
      return ours;
    } catch (error) {
      this.engine.doubt();
      throw error;
    }
  }

  /** Leaves out, and deletes, what was armed before a change of its task that has decided otherwise about its instant. */
  private async withoutSuperseded(
    runs: readonly Run[],
    tasks: ReadonlyMap<string, Task>,
    limits: StartLimits,
  ): Promise<readonly Run[]> {
    const superseded: Run[] = [];
    const claimable = new Set<Run>();
    for (const run of runs) {
      const task = tasks.get(run.taskId);
      // What may have started is claimed anew, as a further attempt, by whoever comes to its instant.
      if (task && isOutdated(run, task) && isToCome(run, task) && run.dueAt <= this.clock.now()) claimable.add(run);
      else if (task && (await this.isSuperseded(run, task))) superseded.push(run);
    }
    if (superseded.length === 0 && claimable.size === 0) return runs;
    await this.withdraw(superseded, tasks, limits);
    return runs.filter((run) => !superseded.includes(run) && !claimable.has(run));
  }

  /** Deletes runs without a trace, but for what `maxRuns` goes by: rather one run too few than one too many. */
  private async withdraw(
    superseded: readonly Run[],
    tasks: ReadonlyMap<string, Task>,
    limits: StartLimits,
  ): Promise<void> {
    const done: Run[] = [];
    for (const run of superseded) {
      const task = tasks.get(run.taskId)!;
      const isBegun = mayHaveStarted(run, this.clock.now(), limitOf(run, limits));
      const counts = task.definition.maxRuns !== undefined && isBegun;
      // Changed meanwhile, the task is looked at anew with the next sweep.
      if (!counts || (await this.begun.count(task, [run]))) done.push(run);
    }
    await this.runs.withdraw(done);
  }

  private async isSuperseded(run: Run, task: Task): Promise<boolean> {
    if (!isOutdated(run, task)) return false;
    return isVoid(run, task) || isToCome(run, task) || (await this.isTold(run));
  }

  /** Whether the ledger says what became of the run's instant. */
  private async isTold({ organization, taskId, scheduledFor }: Run): Promise<boolean> {
    const range = { from: scheduledFor, before: scheduledFor + 1, limit: 1 };
    return (await this.runs.ledger(organization, taskId, range)).length > 0;
  }

  private plans(runs: readonly Run[], tasks: ReadonlyMap<string, Task>, limits: StartLimits): Plan[] {
    const now = this.clock.now();
    const plans = runs.map((run) => this.plan(run, tasks.get(run.taskId), now, limits));
    const left = this.leftToLater(plans, tasks, now);
    const { owner } = this.locks;
    return plans.map((plan) => {
      if (!left.has(plan.run)) return plan;
      const missed = this.outcome.closed(plan.run, 'miss', 'misfire policy "fire-once"', now);
      return { ...plan, progress: { ...missed, owner } };
    });
  }

  /** Those of the runs that leave their turn to a later one of their task. */
  private leftToLater(plans: readonly Plan[], tasks: ReadonlyMap<string, Task>, now: number): Set<Run> {
    const fresh = plans.filter(({ progress }) => progress.state === 'pending' && progress.attempts.length === 0);
    const runs = fresh.map(({ run }) => run);
    const byTask = [...groupsBy(runs, ({ taskId }) => taskId)];
    return new Set(byTask.flatMap(([taskId, ofTask]) => coalesced(ofTask, tasks.get(taskId)!, now)));
  }

  private plan(run: Run, task: Task | undefined, now: number, limits: StartLimits): Plan {
    if (!task) return { run, task, progress: this.outcome.closed(run, 'cancel', 'the task was deleted', now) };
    const { owner } = this.locks;
    if (waitsForCallback(run, task)) return { run, task, progress: this.outcome.keptWaiting(run, owner) };
    const progress = this.outcome.takenOver(run, task, owner, now, limitOf(run, limits));
    // What has to wait until then is resumed before it begins.
    return { run, task, progress: { ...progress, putOff: progress.dueAt > now + this.settings.armingMs } };
  }

  /** Goes on with what is ours now; tells which runs keep their places. */
  private goOn(plans: readonly Plan[]): Set<string> {
    const soon: HeldRun[] = [];
    const placed = new Set<string>();
    for (const plan of plans) {
      const run = { ...plan.run, ...plan.progress };
      if (isFinished(run.state)) this.tellEnd(run, plan.task);
      else if (plan.task && waitsForCallback(run, plan.task)) {
        this.orchestrator.adoptWaiting({ run, task: plan.task });
        placed.add(run.id);
      } else {
        // Begun, it counts as under way from now on, whenever its next attempt is.
        if (hasBegun(run)) this.book.enter(run);
        if (plan.run.owner === null) this.overlap.cameBack(run);
        if (run.putOff || !plan.task) this.dispatcher.again(run);
        else soon.push({ run, task: plan.task });
      }
    }
    this.orchestrator.orchestrateTaskExecution(soon);
    for (const { run } of soon) placed.add(run.id);
    return placed;
  }

  private tellEnd(run: Run, task: Task | undefined): void {
    if (task) this.events.emit('run.finished', { run, task });
  }
}

type StartLimits = ReadonlyMap<string, number>;

const limitOf = ({ owner }: Run, limits: StartLimits): number | undefined => limits.get(owner ?? '');

/** Whether the task, as it is now, has yet to come to the run's instant. */
const isToCome = (run: Run, task: Task): boolean => task.next !== null && task.next.scheduledFor <= run.scheduledFor;

const waitsForCallback = (run: Run, task: Task): boolean => run.state === 'running' && hasCallback(task);

const startable = ({ run, task, progress }: Plan): HeldRun[] =>
  task && !isFinished(progress.state) ? [{ run: { ...run, ...progress }, task }] : [];
