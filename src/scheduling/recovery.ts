import { Injectable, Logger } from '@nestjs/common';
import { Clock, type Timer } from '../clock/clock.js';
import type { Run, RunProgress } from '../domain/run.js';
import { isFinished } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { LockManager } from '../locking/lock-manager.js';
import { EventsService } from '../triggers/events.service.js';
import { AttemptOutcome } from './attempt-outcome.js';
import { Dispatcher } from './dispatcher.js';
import { EngineState } from './engine-state.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import { ForeignTasks } from './foreign-tasks.js';
import { Neighbours } from './neighbours.js';
import { hasCallback } from './obstacle.js';
import { RunStore } from './run.store.js';
import { RunWriter } from './run-writer.js';
import { TaskStore } from './task.store.js';

/** Distance between two looks at the store for what nobody works on. */
const SWEEP_MS = 1000;
/** How far an occurrence must be behind its time before it counts as left lying. */
const OVERDUE_MS = 500;
/** How long an event may take from being stored to its runs being stored. */
const DISPATCH_MS = 5000;
/** The first instant that a date can hold (epoch ms). */
const EARLIEST = -8_640_000_000_000_000;
/** The largest number taken up in one sweep. */
const MOST = 1000;

/**
 * Finds in the store what nobody works on and takes it up: occurrences that passed while nothing ran, runs whose
 * instance died, runs that were given back, events whose runs were not stored. This is how an instance starts, too.
 */
@Injectable()
export class Recovery {
  private timer: Timer | null = null;
  private sweeping: Promise<void> | null = null;
  private stopped = true;
  private readonly logger = new Logger(Recovery.name);

  constructor(
    private readonly clock: Clock,
    private readonly tasks: TaskStore,
    private readonly runs: RunStore,
    private readonly locks: LockManager,
    private readonly writer: RunWriter,
    private readonly dispatcher: Dispatcher,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly outcome: AttemptOutcome,
    private readonly engine: EngineState,
    private readonly foreign: ForeignTasks,
    private readonly neighbours: Neighbours,
    private readonly eventsService: EventsService,
    private readonly events: LifecycleEvents,
  ) {}

  /** Sweeps once, and from then on regularly. */
  async start(): Promise<void> {
    this.stopped = false;
    await this.sweep();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.sweeping;
  }

  private async sweep(): Promise<void> {
    this.sweeping = this.lookAround().catch((error: unknown) =>
      this.logger.warn(`The store could not be searched for what is left lying: ${(error as Error).message}`),
    );
    await this.sweeping;
    if (!this.stopped) this.timer = this.clock.after(SWEEP_MS, () => void this.sweep());
  }

  private async lookAround(): Promise<void> {
    if (!this.locks.isHeld()) return;
    await this.neighbours.look();
    // What this instance did before an outage is written first, or its own work would be taken for somebody's loss.
    await this.writer.settled();
    if (this.engine.takeDoubt()) await this.findOwn();
    await this.cancelRequested();
    await this.letGoOfCompleted();
    await this.takeOverdue();
    await this.takeOverRuns();
    await this.eventsService.recover(this.clock.now() - DISPATCH_MS, MOST);
  }

  /** Takes up runs that are stored as this instance's own and that it does not know of. */
  private async findOwn(): Promise<void> {
    for (const run of await this.runs.heldBy([this.locks.owner], MOST)) {
      if (!this.orchestrator.holds(run.id) && !this.dispatcher.holds(run.id)) this.dispatcher.again(run);
    }
  }

  private async cancelRequested(): Promise<void> {
    for (const id of await this.runs.cancelRequests(this.locks.owner)) {
      await this.orchestrator.cancel(id, 'cancelled on request');
    }
  }

  /** Ends attempts that wait here for a call-back which another instance has received. */
  private async letGoOfCompleted(): Promise<void> {
    const waiting = this.orchestrator.awaitingCallback();
    if (waiting.length === 0) return;
    const unfinished = await this.runs.unfinishedOf([...new Set(waiting.map(({ taskId }) => taskId))]);
    const held = new Set(unfinished.map(tokenOf));
    for (const run of waiting) if (!held.has(tokenOf(run))) this.orchestrator.letGo(run.id, run.attempt);
  }

  private async takeOverdue(): Promise<void> {
    const limit = Math.min(MOST, this.orchestrator.slots.free - this.dispatcher.backlog);
    if (limit <= 0) return;
    const before = this.clock.now() - OVERDUE_MS;
    const overdue = await this.tasks.dueBetween({ from: EARLIEST, before, limit: limit + this.foreign.size });
    this.dispatcher.offer(this.foreign.leaveOut(overdue));
  }

  private async takeOverRuns(): Promise<void> {
    const limit = Math.min(MOST, this.orchestrator.slots.free - this.dispatcher.backlog);
    if (limit <= 0) return;
    const dead = await this.locks.deadAmong(await this.runs.owners());
    const orphans = dead.length > 0 ? await this.runs.heldBy(dead, limit) : [];
    const waiting = await this.runs.unowned(this.clock.now(), limit - orphans.length);
    await this.takeOver([...orphans, ...waiting]);
  }

  private async takeOver(runs: Run[]): Promise<void> {
    if (runs.length === 0) return;
    const ids = [...new Set(runs.map(({ taskId }) => taskId))];
    const tasks = new Map((await this.tasks.byIds(ids)).map((task) => [task.id, task]));
    const plans = runs.map((run) => ({
      run,
      task: tasks.get(run.taskId),
      progress: this.planFor(run, tasks.get(run.taskId)),
    }));
    const accepted = await this.runs.update(
      plans.map(({ run, progress }) => ({
        id: run.id,
        expected: { owner: run.owner, attempt: run.attempt },
        progress,
      })),
    );
    for (const plan of plans) if (accepted.has(plan.run.id)) this.goOn({ ...plan.run, ...plan.progress }, plan.task);
  }

  private planFor(run: Run, task: Task | undefined): RunProgress {
    const now = this.clock.now();
    if (!task) return this.outcome.closed(run, 'cancel', 'the task was deleted', now);
    if (isVoid(run, task)) return this.outcome.closed(run, 'skip', 'the task was changed before it could start', now);
    if (waitsForCallback(run, task)) return this.outcome.keptWaiting(run, this.locks.owner);
    return this.outcome.takenOver(run, task, this.locks.owner, now);
  }

  private goOn(run: Run, task: Task | undefined): void {
    if (isFinished(run.state)) {
      if (task) this.events.emit('run.finished', { run, task });
    } else if (task && waitsForCallback(run, task)) {
      this.orchestrator.slots.take(1);
      this.orchestrator.adoptWaiting({ run, task });
    } else {
      this.dispatcher.again(run);
    }
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

const tokenOf = ({ id, owner, attempt }: Pick<Run, 'id' | 'owner' | 'attempt'>): string => `${id} ${owner} ${attempt}`;
