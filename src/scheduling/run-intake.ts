import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { ReceivedEvent } from '../domain/event.js';
import { eventRunId, newId, retryRunId } from '../domain/ids.js';
import type { Run } from '../domain/run.js';
import type { Task } from '../domain/task.js';
import { LifecycleEvents } from '../lifecycle/lifecycle-events.js';
import { LockManager } from '../locking/lock-manager.js';
import { ENGINE_SETTINGS, type EngineSettings } from '../settings/settings.js';
import { company, GroupCommit } from '../storage/group-commit.js';
import { AttemptOutcome } from './attempt-outcome.js';
import { Dispatcher } from './dispatcher.js';
import { EngineState } from './engine-state.js';
import { ExecutionOrchestrator } from './execution-orchestrator.js';
import type { HeldRun } from './held-run.js';
import { newRun, type NewRun } from './new-run.js';
import { OverlapRule } from './overlap-rule.js';
import { RunStore } from './run.store.js';

/** The task that a run is asked for, as it was when it was asked for at `lookedAt` (monotonic ms). */
export interface Looked {
  task: Task;
  lookedAt: number;
}

/**
 * Takes in runs that no schedule asked for. Where this instance has a place the run is its own from the first write and
 * starts at once; otherwise it is stored for whichever instance has a place first, this one included.
 */
@Injectable()
export class RunIntake {
  private readonly commits: GroupCommit<HeldRun, boolean>;
  private readonly storing = new Set<string>();

  constructor(
    private readonly clock: Clock,
    private readonly runs: RunStore,
    private readonly locks: LockManager,
    private readonly dispatcher: Dispatcher,
    private readonly orchestrator: ExecutionOrchestrator,
    private readonly overlap: OverlapRule,
    private readonly engine: EngineState,
    private readonly outcome: AttemptOutcome,
    private readonly events: LifecycleEvents,
    @Inject(ENGINE_SETTINGS) { batchMs }: Pick<EngineSettings, 'batchMs'>,
  ) {
    this.commits = new GroupCommit((asked) => this.store(asked), { limit: 1000, ...company(clock, batchMs) });
  }

  /** Whether the run is being stored, so that it may be in the store and not be held yet. */
  isStoring(runId: string): boolean {
    return this.storing.has(runId);
  }

  /** Starts a run because somebody asked for it. */
  async manual(looked: Looked): Promise<Run> {
    const now = this.clock.now();
    return this.take(looked, { id: newId(now), trigger: 'manual', scheduledFor: now });
  }

  /** Starts a run because of an event; the same event and task give the same run. */
  async onEvent(looked: Looked, event: ReceivedEvent): Promise<Run> {
    const id = eventRunId(looked.task.id, event.id, event.receivedAt);
    // Due since it came: what its tasks had to wait for until now counts as lateness.
    const dueAt = Math.min(event.receivedAt, this.clock.now());
    return this.take(looked, { id, trigger: 'event', scheduledFor: event.receivedAt, event }, dueAt);
  }

  /** Records runs of tasks that an event does not start, and why; an event that comes again records nothing anew. */
  async refuse(tasks: readonly Task[], event: ReceivedEvent, reason: string): Promise<void> {
    const now = this.clock.now();
    const ended = tasks.map((task) => {
      const id = eventRunId(task.id, event.id, event.receivedAt);
      const what = {
        trigger: 'event',
        scheduledFor: event.receivedAt,
        dueAt: now,
        createdAt: now,
        owner: null,
      } as const;
      const run = newRun(task, { id, event, ...what });
      return { task, run: { ...run, ...this.outcome.closed(run, 'skip', reason, now) } };
    });
    const known = await this.runs.insert(ended.map(({ run }) => run));
    for (const { run, task } of ended) if (!known.has(run.id)) this.events.emit('run.finished', { run, task });
  }

  /** Starts a finished run again, as a new one of the same nominal time, so that its action does the same work. */
  async again(looked: Looked, run: Run): Promise<Run> {
    const { scheduledFor } = run;
    const isFirst = (await this.runs.get(run.organization, retryRunId(run))) === null;
    const id = isFirst ? retryRunId(run) : newId(scheduledFor);
    const repeated = { id, trigger: 'retry', scheduledFor, retryOf: run.id } as const;
    return this.take(looked, run.event ? { ...repeated, event: run.event } : repeated);
  }

  private async take(
    { task, lookedAt }: Looked,
    what: Omit<NewRun, 'dueAt' | 'createdAt' | 'owner'>,
    dueAt = this.clock.now(),
  ): Promise<Run> {
    const now = this.clock.now();
    const mine = this.engine.isWorking() && this.orchestrator.acquireExecutionResources(task.organization);
    const run = newRun(task, { dueAt, createdAt: now, owner: mine ? this.locks.owner : null, ...what });
    // What it is worked on from now on is not the caller's to see.
    const answer = { ...run, attempts: [] };
    try {
      const isNew = await this.commits.add({ run, task, lookedAt });
      if (mine && !isNew) this.orchestrator.slots.release(task.organization);
    } catch (error) {
      if (mine) this.orchestrator.slots.release(task.organization);
      throw error;
    }
    return answer;
  }

  private async store(asked: HeldRun[]): Promise<boolean[]> {
    for (const { run } of asked) this.storing.add(run.id);
    const known = await this.runs.insert(asked.map(({ run }) => run)).catch((error: unknown) => {
      this.stored(asked);
      this.engine.doubt();
      throw error;
    });
    // Stored, the runs are acknowledged: what follows must not be taken for a failure to store them.
    void this.begin(asked.filter(({ run }) => !known.has(run.id))).finally(() => this.stored(asked));
    return asked.map(({ run }) => !known.has(run.id));
  }

  private stored(asked: HeldRun[]): void {
    for (const { run } of asked) this.storing.delete(run.id);
  }

  private async begin(asked: HeldRun[]): Promise<void> {
    const held = asked.filter(({ run }) => run.owner !== null);
    await this.overlap.lookAround(held).catch(() => undefined);
    this.orchestrator.orchestrateTaskExecution(held);
    if (!this.engine.isWorking()) return;
    for (const { run } of asked)
      if (run.owner === null && this.dispatcher.hasRoom(run.organization)) this.dispatcher.again(run);
  }
}
