import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { isFinished, type Run, type RunProgress } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { AttemptOutcome } from './attempt-outcome.js';
import { Dispatcher } from './dispatcher.js';
import { EngineState } from './engine-state.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import type { HeldRun } from './held-run.js';
import { hasCallback } from './obstacle.js';
import { OverlapRule } from './overlap-rule.js';
import { RunStore } from './run.store.js';
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
  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly runs: RunStore,
    private readonly locks: LockManager,
    private readonly dispatcher: Dispatcher,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly outcome: AttemptOutcome,
    private readonly overlap: OverlapRule,
    private readonly engine: EngineState,
    private readonly events: LifecycleEvents,
    @Inject(ENGINE_SETTINGS) private readonly settings: Pick<EngineSettings, 'armingMs'>,
  ) {}

  /** How much could be started here beyond what waits already. */
  get room(): number {
    return Math.max(0, Math.min(MOST, this.orchestrator.slots.free - this.dispatcher.backlog));
  }

  /** Takes over as many of these runs as there are places. @throws StoreUnavailableError */
  async take(found: readonly Run[]): Promise<void> {
    if (found.length === 0) return;
    const places = this.orchestrator.acquireExecutionResources(Math.min(found.length, this.room));
    let used = 0;
    try {
      used = this.goOn(await this.claim(found.slice(0, places)));
    } finally {
      this.orchestrator.slots.release(places - used);
      this.dispatcher.slotFreed();
    }
  }

  /** The plans that were written: of several instances that take over a run, one does. */
  private async claim(runs: readonly Run[]): Promise<Plan[]> {
    if (runs.length === 0) return [];
    const found = await this.tasks.byIds([...new Set(runs.map(({ taskId }) => taskId))]);
    const tasks = new Map(found.map((task) => [task.id, task]));
    const plans = runs.flatMap((run) => this.plan(run, tasks.get(run.taskId)) ?? []);
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

  /** What becomes of the run; nothing yet where the new definition of its task may still claim that instant itself. */
  private plan(run: Run, task: Task | undefined): Plan | null {
    const now = this.clock.now();
    const closed = (incident: 'cancel' | 'skip', reason: string) => this.outcome.closed(run, incident, reason, now);
    if (!task) return { run, task, progress: closed('cancel', 'the task was deleted') };
    if (isVoid(run, task) && run.dueAt > now) return null;
    if (isVoid(run, task)) return { run, task, progress: closed('skip', 'the task was changed before it could start') };
    const { owner } = this.locks;
    if (waitsForCallback(run, task)) return { run, task, progress: this.outcome.keptWaiting(run, owner) };
    return { run, task, progress: this.outcome.takenOver(run, task, owner, now) };
  }

  /** Goes on with what is ours now; tells how many places that takes. */
  private goOn(plans: readonly Plan[]): number {
    const soon: HeldRun[] = [];
    let waiting = 0;
    for (const plan of plans) {
      const run = { ...plan.run, ...plan.progress };
      if (isFinished(run.state)) this.tellEnd(run, plan.task);
      else if (plan.task && waitsForCallback(run, plan.task)) {
        this.orchestrator.adoptWaiting({ run, task: plan.task });
        waiting++;
      } else if (plan.task && run.dueAt <= this.clock.now() + this.settings.armingMs)
        soon.push({ run, task: plan.task });
      else this.dispatcher.again(run);
    }
    this.orchestrator.orchestrateTaskExecution(soon);
    return waiting + soon.length;
  }

  private tellEnd(run: Run, task: Task | undefined): void {
    if (task) this.events.emit('run.finished', { run, task });
  }
}

/** Whether the run was armed for an instant after a change of its task: the new definition decides about that instant. */
const isVoid = (run: Run, task: Task): boolean =>
  run.trigger === 'schedule' &&
  run.state === 'pending' &&
  run.attempts.length === 0 &&
  run.generation < task.generation &&
  run.dueAt > task.updatedAt;

const waitsForCallback = (run: Run, task: Task): boolean => run.state === 'running' && hasCallback(task);

const startable = ({ run, task, progress }: Plan): HeldRun[] =>
  task && !isFinished(progress.state) ? [{ run: { ...run, ...progress }, task }] : [];
